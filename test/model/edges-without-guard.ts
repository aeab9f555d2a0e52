import { answer, type Local, type Program } from './program.ts';
import { type Edge, edgeKey, eraseElement, queryShard, without } from './store.ts';

/**
 * The naive protocol, and its flaw: a referrer first puts an edge, then checks that the element exists, and then puts its record; a loser removes
 * its edge; a deleter first looks for edges. Both checks may pass at the same time, and both processes continue.
 */
interface ReferrerState extends Local {
  at: 'announce' | 'look' | 'put record' | 'tidy up';
  saw?: string;
  reply?: string;
}

export function bareReferrer(id: string, name: string, target: string): Program<ReferrerState> {
  const key = edgeKey(target, `${id}.1`);
  const edge: Edge = { state: 'held', target, shard: 0, referrer: name };
  return {
    id,
    start: { at: 'announce' },
    moves(store, { at, saw = '', reply = '' }) {
      switch (at) {
        case 'announce':
          return [
            {
              what: 'puts its edge',
              store: { ...store, edges: { ...store.edges, [key]: edge } },
              local: { at: 'look' },
            },
          ];
        case 'look': {
          const element = store.elements[target];
          return element
            ? [{ what: 'finds the element', store, local: { at: 'put record', saw: element.incarnation } }]
            : [{ what: 'finds no element', store, local: { at: 'tidy up', reply: 'unknown-parent' } }];
        }
        case 'put record': {
          if (store.elements[name]) {
            return [{ what: 'collides', store, local: { at: 'tidy up', reply: 'name-collision' } }];
          }
          const record = { incarnation: `${id}.1`, revision: 1, references: { [key]: saw } };
          const elements = { ...store.elements, [name]: record };
          return [{ what: 'puts its record', store: { ...store, elements }, local: answer('done') }];
        }
        case 'tidy up':
          return [
            {
              what: 'tidies up',
              store: { ...store, edges: without(store.edges, key) },
              local: answer(reply),
            },
          ];
      }
    },
  };
}

interface DeleterState extends Local {
  at: 'query' | 'erase';
}

export function bareDeleter(id: string, target: string): Program<DeleterState> {
  return {
    id,
    start: { at: 'query' },
    moves(store, { at }) {
      if (!store.elements[target]) return [{ what: 'finds no element', store, local: answer('not-found') }];
      if (at === 'erase') {
        return [{ what: 'erases', store: eraseElement(store, target, {}), local: answer('deleted') }];
      }
      const referred = queryShard(store, target, 0).length > 0;
      return [{ what: 'queries the edges', store, local: referred ? answer('in-use') : { at: 'erase' } }];
    },
  };
}
