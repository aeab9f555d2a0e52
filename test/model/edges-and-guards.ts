import type { Model, Step } from './checker.ts';
import { faultsOfAnswer, faultsOfStore } from './invariants.ts';
import { numbering } from './numbering.ts';
import type { Local, Program, Stopped } from './program.ts';
import { apply, type Element, type Store } from './store.ts';

export interface Scenario {
  elements: Readonly<Record<string, Element>>;
  edges?: Store['edges'];
  guards?: Store['guards'];
  compositions?: Store['compositions'];
  tags?: Store['tags'];
  programs: Program[];
  /** Whether a process may die after any of its steps. */
  crashes: boolean;
  /** Whether the sweeper may remove intents and guards at any time, as if they were old. */
  sweeper: boolean;
}

/** A store, or the memory of a process: one object for equal values. */
interface Part<T> {
  readonly value: T;
  readonly number: number;
}

interface World {
  readonly store: Part<Store>;
  readonly locals: readonly Part<Local>[];
}

/**
 * All interleavings of a scenario's processes on one store, with the sweeper and late copies of requests. Most states share their store and all
 * memories but one with others, so what follows from a store, or from a store and one memory, is computed once.
 */
export function interleavings(scenario: Scenario): Model<World> {
  const { programs, crashes, sweeper } = scenario;
  const { elements, edges = {}, guards = {}, compositions = {}, tags = {} } = scenario;
  const numberOf = numbering();
  const parts: Part<unknown>[] = [];
  const partOf = <T>(value: T): Part<T> => {
    const number = numberOf(value);
    parts[number] ??= { value, number };
    return parts[number] as Part<T>;
  };
  const ofStore = known((store: Part<Store>) => ({
    faults: faultsOfStore(store.value),
    others: [...(sweeper ? sweep(store.value) : []), ...deliver(store.value)].map(({ what, next }) => ({
      ...{ what, store: partOf(next) },
    })),
  }));
  const afterCrash = partOf<Local>(crashed);
  const ofProcess = programs.map(({ id, moves }) =>
    known((local: Part<Local>) =>
      known((store: Part<Store>) => {
        const steps = hasStopped(local)
          ? []
          : moves(store.value, local.value).map((move) => ({
              ...{ what: `${id} ${move.what}`, store: partOf(move.store), local: partOf<Local>(move.local) },
            }));
        return { steps, faults: faultsOfAnswer(store.value, local.value, id) };
      }),
    ),
  );
  const pairs = programs.map(() => new Map<number, number>());

  return {
    initial: {
      store: partOf({ elements, edges, guards, compositions, tags }),
      locals: programs.map(({ start }) => partOf(start)),
    },
    key: ({ store, locals }) =>
      pairs.reduce((key, known, at) => {
        const pair = key * 2 ** 24 + (locals[at] as Part<Local>).number;
        const number = known.get(pair) ?? known.size;
        if (number === known.size) known.set(pair, number);
        return number;
      }, store.number),
    steps({ store, locals }) {
      const steps: Step<World>[] = [];
      locals.forEach((local, at) => {
        for (const { what, store: next, local: own } of ofProcess[at]?.(local)(store).steps ?? [])
          steps.push({ what, next: { store: next, locals: locals.with(at, own) } });
        if (crashes && !hasStopped(local))
          steps.push({
            what: `${programs[at]?.id} crashes`,
            next: { store, locals: locals.with(at, afterCrash) },
            crash: true,
          });
      });
      for (const { what, store: next } of ofStore(store).others)
        steps.push({ what, next: { store: next, locals } });
      return steps;
    },
    faults: ({ store, locals }) => [
      ...ofStore(store).faults,
      ...locals.flatMap((local, at) => ofProcess[at]?.(local)(store).faults ?? []),
    ],
    outcome: ({ locals }) =>
      locals.every(hasStopped) ? locals.map(({ value }) => (value as Stopped).answer).join(', ') : undefined,
  };
}

/** Computes a result once for each part. */
function known<T, R>(compute: (part: Part<T>) => R): (part: Part<T>) => R {
  const results = new Map<number, R>();
  return (part) => {
    let result = results.get(part.number);
    if (result === undefined) {
      result = compute(part);
      results.set(part.number, result);
    }
    return result;
  };
}

const crashed: Stopped = { at: 'crashed', answer: 'crashed' };
const hasStopped = ({ value: { at } }: Part<Local>): boolean => at === 'answered' || at === 'crashed';

function sweep(store: Store): Step<Store>[] {
  const intents = Object.keys(store.edges).filter((key) => store.edges[key]?.state === 'intent');
  return [
    ...intents.map((key) => ({
      what: `intent ${key} is swept`,
      write: { kind: 'delete edge if intent', key } as const,
    })),
    ...Object.entries(store.guards)
      .filter(([, { standing }]) => !standing)
      .map(([target, { holder }]) => ({
        what: `guard ${holder} is swept`,
        write: { kind: 'delete guard', target, owner: holder } as const,
      })),
  ].flatMap(({ what, write }) => apply(store, write).map((written) => ({ what, next: written.store })));
}

function deliver({ late, ...store }: Store): Step<Store>[] {
  if (!late) return [];
  const what = `a late copy arrives: ${late.kind} ${'key' in late ? late.key : late.owner}`;
  return apply(store, late).map((written) => ({ what, next: written.store }));
}
