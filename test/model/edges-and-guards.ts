import type { Model, Step } from './checker.ts';
import type { Local, Program, Stopped } from './program.ts';
import { apply, type Element, type Store, targetOf } from './store.ts';

export interface Scenario {
  elements: Readonly<Record<string, Element>>;
  edges?: Store['edges'];
  programs: Program[];
  /** Whether any process may stop for good after any of its steps. */
  crashes: boolean;
  /** Whether intents and guards may be swept at any time, as if they had been there for long. */
  sweeper: boolean;
}

interface World {
  store: Store;
  locals: readonly Local[];
}

/** All interleavings of a scenario's processes on one store, the sweeper and late copies of requests among them. */
export function interleavings({ elements, edges = {}, programs, crashes, sweeper }: Scenario): Model<World> {
  const numberOf = numbering();
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
    initial: { store: { elements, edges, guards: {} }, locals: programs.map(({ start }) => start) },
    key: ({ store, locals }) =>
      [store.elements, store.edges, store.guards, store.late ?? nothing, ...locals].map(numberOf).join(),
    steps(world) {
      const moved = programs.flatMap((_, index) => moveProcess(world, index));
      const others = [...(sweeper ? sweep(world.store) : []), ...deliver(world.store)];
      return [...moved, ...others.map(({ what, next }) => ({ what, next: { ...world, store: next } }))];
    },
    faults: ({ store, locals }) => [
      ...faultsOfReferences(store),
      ...locals.flatMap((local, index) => faultsOfAnswer(store, local, (programs[index] as Program).id)),
    ],
    outcome: ({ locals }) =>
      locals.every(hasStopped) ? locals.map((local) => (local as Stopped).answer).join(', ') : undefined,
  };
}

const nothing = {};
const crashed: Stopped = { at: 'crashed', answer: 'crashed' };
const hasStopped = ({ at }: Local): boolean => at === 'answered' || at === 'crashed';

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** Gives equal values equal numbers. Most states share their parts with others, so most are known by identity. */
function numbering(): (part: object) => number {
  const known = new WeakMap<object, number>();
  const numbers = new Map<string, number>();
  return (part) => {
    let number = known.get(part);
    if (number === undefined) {
      const text = JSON.stringify(Object.entries(part).sort(byKey));
      number = numbers.get(text) ?? numbers.size;
      if (number === numbers.size) numbers.set(text, number);
      known.set(part, number);
    }
    return number;
  };
}

function sweep(store: Store): Step<Store>[] {
  const intents = Object.keys(store.edges).filter((key) => store.edges[key]?.state === 'intent');
  return [
    ...intents.map((key) => ({
      what: `intent ${key} is swept`,
      write: { kind: 'delete edge if intent', key } as const,
    })),
    ...Object.entries(store.guards).map(([target, owner]) => ({
      what: `guard ${owner} is swept`,
      write: { kind: 'delete guard', target, owner } as const,
    })),
  ].flatMap(({ what, write }) => apply(store, write).map((written) => ({ what, next: written.store })));
}

function deliver({ late, ...store }: Store): Step<Store>[] {
  if (!late) return [];
  const what = `a late copy arrives: ${late.kind} ${'key' in late ? late.key : late.owner}`;
  return apply(store, late).map((written) => ({ what, next: written.store }));
}

function faultsOfReferences({ elements, edges }: Store): string[] {
  const faults: string[] = [];
  for (const element of Object.values(elements)) {
    for (const [key, incarnation] of Object.entries(element.references)) {
      if (elements[targetOf(key)]?.incarnation !== incarnation) faults.push('orphan');
      if (edges[key]?.state !== 'held') faults.push('reference without a held edge');
    }
  }
  for (const [key, { state, referrer }] of Object.entries(edges)) {
    const references = elements[referrer]?.references ?? {};
    if (state === 'held' && !(key in references)) faults.push('held edge without a reference');
  }
  return faults;
}

/** Who has answered, whatever the answer, has left nothing of its own behind that blocks others. */
function faultsOfAnswer(store: Store, { at }: Local, id: string): string[] {
  if (at !== 'answered') return [];
  const ownIntent = ([key, edge]: [string, { state: string }]): boolean =>
    key.includes(`<${id}.`) && edge.state === 'intent';
  return [
    ...(Object.entries(store.edges).some(ownIntent) ? ['intent left behind'] : []),
    ...(Object.values(store.guards).some((owner) => owner.startsWith(`${id}.`)) ? ['guard left behind'] : []),
  ];
}
