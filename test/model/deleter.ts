import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Element, eraseElement, queryShard, type Store, shards, without } from './store.ts';

interface State extends Local {
  at: 'read' | 'survey' | 'guard' | 'count' | 'fence' | 'erase' | 'release';
  attempt: number;
  shard?: number;
  /** The element as it was read. */
  saw?: Element;
  /** Intents met by the second query and not fenced yet. */
  intents?: string[];
  /** What to answer after the release; absent: try again. */
  reply?: string;
}

/** Who deletes an element: looks for references, guards it, looks again, fences who is still on the way, and erases. */
export function deleter(
  { id, target, attempts }: { id: string; target: string; attempts: number },
  rules: Rules,
): Program<State> {
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'read', attempt: attempt + 1 } as const) : answer('unavailable');

  /**
   * Nothing is written before the first query has found nothing held. It is one step for all shards: safety rests on the
   * second query alone, the first only spares the rest of the work.
   */
  const survey = (store: Store, attempt: number, saw: Element): Move<State> => {
    const held = Object.values(store.edges).some((edge) => edge.target === target && edge.state === 'held');
    return {
      what: 'queries the edges',
      store,
      local: held ? answer('in-use') : { at: 'guard', attempt, saw },
    };
  };

  const count = (store: Store, state: State, shard: number): Move<State> => {
    const what = `queries shard ${shard}`;
    const { attempt } = state;
    const saw = state.saw as Element;
    const edges = queryShard(store, target, shard);
    if (edges.some(([, edge]) => edge.state === 'held')) {
      return { what, store, local: { at: 'release', attempt, reply: 'in-use' } };
    }
    const intents = [...(state.intents ?? []), ...edges.map(([key]) => key)].sort();
    if (shard + 1 < shards.length) {
      return { what, store, local: { at: 'count', attempt, shard: shard + 1, saw, intents } };
    }
    if (intents.length === 0 || rules.flaw === 'the deleter does not fence') {
      return { what, store, local: { at: 'erase', attempt, saw } };
    }
    return { what, store, local: { at: 'fence', attempt, saw, intents } };
  };

  const fence = (store: Store, state: State, key: string): Move<State>[] =>
    send(store, { kind: 'delete edge if intent', key }, rules).map(({ store, accepted }) => {
      const { attempt } = state;
      const saw = state.saw as Element;
      const what = `fences ${key}`;
      if (!accepted) return { what, store, local: { at: 'release', attempt, reply: 'in-use' } };
      const intents = state.intents?.filter((other) => other !== key) ?? [];
      if (intents.length === 0) return { what, store, local: { at: 'erase', attempt, saw } };
      return { what, store, local: { at: 'fence', attempt, saw, intents } };
    });

  /**
   * One transaction. It asks for the incarnation and the references that were read; the adapters ask for the revision, which
   * moves with both.
   */
  const erase = (store: Store, attempt: number, saw: Element): Move<State> => {
    const owner = `${id}.${attempt}`;
    const element = store.elements[target];
    const guarded = store.guards[target] === owner || rules.flaw === 'the deleter erases without its guard';
    const unchanged =
      element?.incarnation === saw.incarnation &&
      (sameKeys(element.references, saw.references) ||
        rules.flaw === 'the deleter erases whatever was referred to since');
    if (!guarded || !unchanged) return { what: 'fails to erase', store, local: { at: 'release', attempt } };
    const erased = eraseElement(store, target, saw.references);
    return {
      what: 'erases',
      store: { ...erased, guards: without(store.guards, target) },
      local: answer('deleted'),
    };
  };

  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, state) {
      const { at, attempt, shard = 0, saw } = state;
      const owner = `${id}.${attempt}`;
      switch (at) {
        case 'read': {
          const element = store.elements[target];
          if (!element) return [{ what: 'finds no element', store, local: answer('not-found') }];
          return [{ what: 'reads the element', store, local: { at: 'survey', attempt, saw: element } }];
        }
        case 'survey':
          return [survey(store, attempt, saw as Element)];
        case 'guard':
          return send(store, { kind: 'put guard', target, owner }, rules).map(({ store, accepted }) => ({
            what: accepted ? `puts guard ${owner}` : 'is kept off by a guard',
            store,
            local: accepted ? { at: 'count', attempt, shard: 0, saw: saw as Element } : startOver(attempt),
          }));
        case 'count':
          return [count(store, state, shard)];
        case 'fence':
          return (state.intents ?? []).flatMap((key) => fence(store, state, key));
        case 'erase':
          return [erase(store, attempt, saw as Element)];
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

const sameKeys = (one: object, other: object): boolean =>
  Object.keys(one).sort().join() === Object.keys(other).sort().join();
