import { defined } from '../../lib/defined.ts';
import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Edge, edgeKey, type Store, type Tag, targetOf, without } from './store.ts';

interface State extends Local {
  at: 'announce' | 'look' | 'break' | 'commit' | 'withdraw';
  attempt: number;
  /** The incarnation that was read, or the guard that was found. */
  saw?: string;
  /** The tag, as it was read; absent if there was none. */
  tag?: Tag;
  reply?: string;
}

interface Tagging {
  id: string;
  name: string;
  target: string;
  shard: number;
  attempts: number;
}

/** Whether a tag is unchanged. The revision alone is not enough, because it restarts with each life. */
const isAsRead = (present: Tag | undefined, read: Tag | undefined): boolean =>
  present?.life === read?.life && present?.revision === read?.revision;

/** Removes tags with the element that they name, as long as they name it: part of a transaction. */
export function withoutTags(
  store: Store,
  tags: Readonly<Record<string, string>>,
  { flaw }: Rules,
): Store | undefined {
  let left = store;
  for (const [key, name] of Object.entries(tags)) {
    const isNamed = store.tags[name]?.key === key;
    if (!isNamed && flaw !== 'the deleter takes along tags whatever they name by now') return undefined;
    const keeps = flaw === 'the deleter leaves the tags that it takes along their edges';
    const edges = keeps ? left.edges : without(left.edges, key);
    left = { ...left, tags: without(left.tags, name), edges };
  }
  return left;
}

/**
 * Sets a tag to an element, whatever it named before: puts an intent beside the element, reads it, its guard and the tag in one snapshot, and
 * commits the tag with its new edge and without the former one.
 */
export function tagger({ id, name, target, shard, attempts }: Tagging, rules: Rules): Program<State> {
  const { flaw } = rules;
  const keyOf = (attempt: number): string => edgeKey(target, `${id}.${attempt}`);
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'announce', attempt: attempt + 1 } as const) : answer('unavailable');
  const retry = (attempt: number): State =>
    defined({ at: 'withdraw', attempt, reply: attempt < attempts ? undefined : 'unavailable' });

  const look = (store: Store, attempt: number): Move<State>[] => {
    const refuse = (what: string, reply: string): Move<State>[] => [
      { what, store, local: { at: 'withdraw', attempt, reply } },
    ];
    const element = store.elements[target];
    const guard = store.guards[target];
    const tag = store.tags[name];
    if (guard) {
      const local: State = { at: 'break', attempt, saw: guard.holder };
      return [
        { what: 'meets a guard', store, local: retry(attempt) },
        { what: 'meets an expired guard', store, local },
      ];
    }
    if (!element) return refuse('finds no element', 'not-found');
    if (tag && targetOf(tag.key) === target) return refuse('finds it tagged', 'done');
    const local: State = defined({ at: 'commit', attempt, saw: element.incarnation, tag });
    return [{ what: 'finds it unguarded', store, local }];
  };

  const commit = (store: Store, { attempt, saw = '', tag: read }: State): Move<State>[] => {
    const key = keyOf(attempt);
    const present = store.tags[name];
    if (store.elements[name] && flaw !== 'a tag is set whatever element has its name') {
      return [{ what: 'collides', store, local: { at: 'withdraw', attempt, reply: 'name-collision' } }];
    }
    const asRead =
      isAsRead(present, read) ||
      flaw === 'a tag is moved whatever it names by now' ||
      (flaw === 'a tag is moved by its revision alone' && present?.revision === read?.revision);
    if (!asRead) return [{ what: 'fails to commit', store, local: retry(attempt) }];
    if (store.edges[key]?.state !== 'intent' && flaw !== 'the referrer commits without its intent') {
      return [{ what: 'was fenced', store, local: startOver(attempt) }];
    }
    const edge: Edge = { state: 'held', target, shard, referrer: name, tag: true };
    const keeps = !read || flaw === 'a tag that moves keeps its former edge';
    const edges = { ...(keeps ? store.edges : without(store.edges, read.key)), [key]: edge };
    const life = read?.life ?? `${id}.${attempt}`;
    const tag: Tag = { life, revision: (read?.revision ?? 0) + 1, key, incarnation: saw };
    const committed = { ...store, edges, tags: { ...store.tags, [name]: tag } };
    return [{ what: 'commits', store: committed, local: answer('done') }];
  };

  return {
    id,
    start: { at: 'announce', attempt: 1 },
    moves(store, state) {
      const { at, attempt, saw = '', reply } = state;
      const key = keyOf(attempt);
      switch (at) {
        case 'announce': {
          const edge: Edge = { state: 'intent', target, shard, referrer: name, tag: true };
          return send(store, { kind: 'put intent', key, edge }, rules).map(({ store }) => ({
            what: 'puts its intent',
            store,
            local: { at: 'look', attempt },
          }));
        }
        case 'look':
          return look(store, attempt);
        case 'break':
          return send(store, { kind: 'delete guard', target, owner: saw }, rules).map(({ store }) => ({
            what: `breaks guard ${saw}`,
            store,
            local: { at: 'look', attempt },
          }));
        case 'commit':
          return commit(store, state);
        case 'withdraw':
          return send(store, { kind: 'delete edge if intent', key }, rules).map(({ store }) => ({
            what: 'withdraws its intent',
            store,
            local: reply === undefined ? startOver(attempt) : answer(reply),
          }));
      }
    },
  };
}

interface UntagState extends Local {
  at: 'read' | 'commit';
  attempt: number;
  tag?: Tag;
}

/** Removes a tag: one transaction of the unchanged tag and its edge. */
export function untagger(
  { id, name, attempts }: { id: string; name: string; attempts: number },
  { flaw }: Rules,
): Program<UntagState> {
  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, { at, attempt, tag: read }) {
      const present = store.tags[name];
      if (at === 'read') {
        if (!present) return [{ what: 'finds no tag', store, local: answer('not-found') }];
        return [{ what: 'reads the tag', store, local: { at: 'commit', attempt, tag: present } }];
      }
      const { key } = read as Tag;
      if (!isAsRead(present, read) && flaw !== 'a tag is taken away whatever it names by now') {
        const again: UntagState = { at: 'read', attempt: attempt + 1 };
        return [{ what: 'fails', store, local: attempt < attempts ? again : answer('unavailable') }];
      }
      const untagged = { ...store, tags: without(store.tags, name), edges: without(store.edges, key) };
      return [{ what: 'commits', store: untagged, local: answer('untagged') }];
    },
  };
}
