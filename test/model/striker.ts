import { defined } from '../../lib/defined.ts';
import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Composition, type Element, queryShard, type Store, shards } from './store.ts';

/** What was read before the guard was put. */
interface Found {
  element: Element;
  composition?: Composition;
}

/** How a transaction ended: with what it wrote, or with nothing, and then with an answer or else another try. */
interface Struck {
  store?: Store;
  reply?: string;
}

/** What is to be done to an element that nothing refers to. */
export interface Strike {
  id: string;
  target: string;
  attempts: number;
  /** The executor whose composition it stands on. */
  executor: string;
  /** Why it is not to be done at all; nothing was written yet. */
  refusal(composition: Composition | undefined): string | undefined;
  /** One transaction, in which the guard of this owner goes or is turned into another. */
  strike(store: Store, found: Found, owner: string): Struck;
  what: string;
  fences: boolean;
}

interface State extends Local {
  at: 'read' | 'survey' | 'guard' | 'count' | 'fence' | 'strike' | 'release';
  attempt: number;
  shard?: number;
  element?: Element;
  composition?: Composition;
  /** Intents met by the second query and not fenced yet. */
  intents?: string[];
  /** What to answer after the release; absent: try again. */
  reply?: string;
}

/** Looks for references, guards the element, looks again, fences who is still on the way, and strikes. */
export function striker(
  { id, target, attempts, executor, refusal, strike, what: striking, fences }: Strike,
  rules: Rules,
): Program<State> {
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'read', attempt: attempt + 1 } as const) : answer('unavailable');

  /**
   * Nothing is written before the first query has found nothing held. It is one step for all shards and the composition:
   * safety rests on the second query and on the transaction, the first only spares the rest of the work.
   */
  const survey = (store: Store, { attempt, element }: State): Move<State> => {
    const held = Object.values(store.edges).some((edge) => edge.target === target && edge.state === 'held');
    const composition = store.compositions[executor];
    const reply = held ? 'in-use' : refusal(composition);
    const seen = { ...(element && { element }), ...(composition && { composition }) };
    return {
      what: 'queries the edges',
      store,
      local: reply === undefined ? { at: 'guard', attempt, ...seen } : answer(reply),
    };
  };

  const seen = ({ attempt, element, composition }: State) => ({
    attempt,
    ...(element && { element }),
    ...(composition && { composition }),
  });

  const count = (store: Store, state: State): Move<State> => {
    const { attempt, shard = 0 } = state;
    const what = `queries shard ${shard}`;
    const edges = queryShard(store, target, shard);
    if (edges.some(([, edge]) => edge.state === 'held')) {
      return { what, store, local: { at: 'release', attempt, reply: 'in-use' } };
    }
    const intents = [...(state.intents ?? []), ...edges.map(([key]) => key)].sort();
    if (shard + 1 < shards.length) {
      return { what, store, local: { at: 'count', ...seen(state), shard: shard + 1, intents } };
    }
    if (intents.length === 0 || !fences) return { what, store, local: { at: 'strike', ...seen(state) } };
    return { what, store, local: { at: 'fence', ...seen(state), intents } };
  };

  const fence = (store: Store, state: State, key: string): Move<State>[] =>
    send(store, { kind: 'delete edge if intent', key }, rules).map(({ store, accepted }) => {
      const { attempt } = state;
      const what = `fences ${key}`;
      if (!accepted) return { what, store, local: { at: 'release', attempt, reply: 'in-use' } };
      const intents = state.intents?.filter((other) => other !== key) ?? [];
      if (intents.length === 0) return { what, store, local: { at: 'strike', ...seen(state) } };
      return { what, store, local: { at: 'fence', ...seen(state), intents } };
    });

  const finish = (store: Store, state: State): Move<State> => {
    const { attempt } = state;
    const struck = strike(store, seen(state) as Found, `${id}.${attempt}`);
    const { reply } = struck;
    if (struck.store) return { what: striking, store: struck.store, local: answer(reply ?? 'done') };
    const local: State = defined({ at: 'release', attempt, reply });
    return { what: 'fails to strike', store, local };
  };

  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, state) {
      const { at, attempt } = state;
      const owner = `${id}.${attempt}`;
      switch (at) {
        case 'read': {
          const element = store.elements[target];
          if (!element) return [{ what: 'finds no element', store, local: answer('not-found') }];
          return [{ what: 'reads the element', store, local: { at: 'survey', attempt, element } }];
        }
        case 'survey':
          return [survey(store, state)];
        case 'guard':
          return send(store, { kind: 'put guard', target, owner }, rules).map(({ store, accepted }) => ({
            what: accepted ? `puts guard ${owner}` : 'is kept off by a guard',
            store,
            local: accepted ? { at: 'count', ...seen(state), shard: 0 } : startOver(attempt),
          }));
        case 'count':
          return [count(store, state)];
        case 'fence':
          return (state.intents ?? []).flatMap((key) => fence(store, state, key));
        case 'strike':
          return [finish(store, state)];
        case 'release':
          return send(store, { kind: 'delete guard', target, owner }, rules).map(({ store }) => ({
            what: `releases guard ${owner}`,
            store,
            local: state.reply === undefined ? startOver(attempt) : answer(state.reply),
          }));
      }
    },
  };
}
