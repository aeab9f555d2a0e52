import { defined } from '../../lib/defined.ts';
import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Composition, type Edge, type Element, queryShard, type Store, shards } from './store.ts';

/** The state that was read before the guard was put. */
interface Found {
  element: Element;
  composition?: Composition;
  /** Its tags by their edges, as read behind the guard. */
  tags?: Record<string, string>;
}

/** The end of a transaction: with writes; or without, and then with an answer or another try. */
interface Struck {
  store?: Store;
  reply?: string;
}

/** The strike on an element without references. */
export interface Strike {
  id: string;
  target: string;
  attempts: number;
  /** The executor with the composition. */
  executor: string;
  /** The refusal before any write; undefined if there is none. */
  refusal(composition: Composition | undefined): string | undefined;
  /** One transaction, which removes or changes the guard of this owner. */
  strike(store: Store, found: Found, owner: string): Struck;
  what: string;
  fences: boolean;
  /** Whether its tags are removed with it, instead of preventing the strike. */
  takesTags?: boolean;
}

interface State extends Local {
  at: 'read' | 'survey' | 'guard' | 'count' | 'fence' | 'strike' | 'release';
  attempt: number;
  shard?: number;
  element?: Element;
  composition?: Composition;
  /** Intents found by the second query and not fenced yet. */
  intents?: string[];
  tags?: Record<string, string>;
  /** The answer after the release; absent: try again. */
  reply?: string;
}

/** Looks for references, guards the element, looks again, fences referrers under way, and strikes. */
export function striker(
  { id, target, attempts, executor, refusal, strike, what: striking, fences, takesTags = false }: Strike,
  rules: Rules,
): Program<State> {
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'read', attempt: attempt + 1 } as const) : answer('unavailable');
  const takesSeenFirst = rules.flaw === 'the deleter takes along the tags that it saw at first';
  const refuses = ({ state, tag }: Edge): boolean => state === 'held' && !(takesTags && tag);
  const tagsIn = (edges: [string, Edge][]): Record<string, string> =>
    Object.fromEntries(
      edges
        .filter(([, { state, tag }]) => tag && state === 'held')
        .map(([key, { referrer }]) => [key, referrer]),
    );

  /**
   * The first query precedes all writes. It is one step for all shards and the composition: safety depends on the second query and on the
   * transaction; the first only saves work.
   */
  const survey = (store: Store, { attempt, element }: State): Move<State> => {
    const edges = Object.entries(store.edges).filter(([, edge]) => edge.target === target);
    const held = edges.some(([, edge]) => refuses(edge));
    const composition = store.compositions[executor];
    const reply = held ? 'in-use' : refusal(composition);
    const tags = takesSeenFirst ? tagsIn(edges) : undefined;
    const seen = defined({ element, composition, tags });
    return {
      what: 'queries the edges',
      store,
      local: reply === undefined ? { at: 'guard', attempt, ...seen } : answer(reply),
    };
  };

  const seen = ({ attempt, element, composition, tags }: State) =>
    defined({ attempt, element, composition, tags });

  const count = (store: Store, state: State): Move<State> => {
    const { attempt, shard = 0 } = state;
    const what = `queries shard ${shard}`;
    const edges = queryShard(store, target, shard);
    if (edges.some(([, edge]) => refuses(edge))) {
      return { what, store, local: { at: 'release', attempt, reply: 'in-use' } };
    }
    const met = edges.filter(([, edge]) => edge.state === 'intent').map(([key]) => key);
    const intents = [...(state.intents ?? []), ...met].sort();
    const tags = takesSeenFirst ? state.tags : { ...state.tags, ...tagsIn(edges) };
    const known = { ...seen(state), ...(takesTags && tags && { tags }) };
    if (shard + 1 < shards.length) {
      return { what, store, local: { at: 'count', ...known, shard: shard + 1, intents } };
    }
    if (intents.length === 0 || !fences) return { what, store, local: { at: 'strike', ...known } };
    return { what, store, local: { at: 'fence', ...known, intents } };
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
