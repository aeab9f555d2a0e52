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

interface World {
  store: Store;
  locals: readonly Local[];
}

/** All interleavings of a scenario's processes on one store, with the sweeper and late copies of requests. */
export function interleavings(scenario: Scenario): Model<World> {
  const { programs, crashes, sweeper } = scenario;
  const { elements, edges = {}, guards = {}, compositions = {}, tags = {} } = scenario;
  const moveProcess = ({ store, locals }: World, index: number): Step<World>[] => {
    const { id, moves } = programs[index] as Program;
    const local = locals[index] as Local;
    if (hasStopped(local)) return [];
    const replace = (next: Local) => locals.with(index, next);
    const steps: Step<World>[] = moves(store, local).map((move) => ({
      what: `${id} ${move.what}`,
      next: { store: move.store, locals: replace(move.local) },
    }));
    const afterCrash = { store, locals: replace(crashed) };
    if (crashes) steps.push({ what: `${id} crashes`, next: afterCrash, crash: true });
    return steps;
  };

  return {
    initial: {
      store: { elements, edges, guards, compositions, tags },
      locals: programs.map(({ start }) => start),
    },
    key: numbering(),
    steps(world) {
      const moved = programs.flatMap((_, index) => moveProcess(world, index));
      const others = [...(sweeper ? sweep(world.store) : []), ...deliver(world.store)];
      return [...moved, ...others.map(({ what, next }) => ({ what, next: { ...world, store: next } }))];
    },
    faults: ({ store, locals }) => [
      ...faultsOfStore(store),
      ...locals.flatMap((local, index) => faultsOfAnswer(store, local, (programs[index] as Program).id)),
    ],
    outcome: ({ locals }) =>
      locals.every(hasStopped) ? locals.map((local) => (local as Stopped).answer).join(', ') : undefined,
  };
}

const crashed: Stopped = { at: 'crashed', answer: 'crashed' };
const hasStopped = ({ at }: Local): boolean => at === 'answered' || at === 'crashed';

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
