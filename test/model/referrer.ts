import { isReplaceable, nextRevision } from './association.ts';
import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Edge, type Element, edgeKey, type Store, targetOf } from './store.ts';

interface State extends Local {
  at: 'announce' | 'read own' | 'look' | 'look again' | 'break' | 'commit' | 'withdraw';
  attempt: number;
  /** The incarnation that was read, or the guard that was found. */
  saw?: string;
  /** Storage that will refer to a task, as it was read. */
  own?: Element;
  /** The answer after the withdrawal; absent: try again. */
  reply?: string;
}

interface Referral {
  id: string;
  /** `create` makes the referrer with its reference; `associate` adds a reference to an existing one. */
  act: 'create' | 'associate';
  referrer: string;
  target: string;
  shard: number;
  attempts: number;
}

/**
 * Refers to an element: puts an intent beside it, checks that it exists without a guard, and commits. Every attempt has its own edge row, so an
 * abandoned attempt's row affects no other.
 */
export function referrer(referral: Referral, rules: Rules): Program<State> {
  const { id, act, target, attempts } = referral;
  const looksFirst = rules.flaw === 'the referrer looks before it announces itself';
  const tears = rules.flaw === 'the referrer reads the element before the guard';
  const first = looksFirst ? 'look' : 'announce';

  const nameOf = (attempt: number): string => `${id}.${attempt}`;
  const keyOf = (attempt: number): string => edgeKey(target, nameOf(attempt));
  const retryOr = (attempt: number): Pick<State, 'reply'> =>
    attempt < attempts ? {} : { reply: 'unavailable' };
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: first, attempt: attempt + 1 } as const) : answer('unavailable');

  const readOwn = (store: Store, attempt: number): Move<State>[] => {
    const own = store.elements[referral.referrer];
    const refuse = (what: string, reply: string): Move<State>[] => {
      return [{ what, store, local: { at: 'withdraw', attempt, reply } }];
    };
    if (!own) return refuse('finds no storage', 'not-found');
    if (Object.keys(own.references).some((key) => targetOf(key) === target)) {
      return refuse('finds it associated', 'associated');
    }
    return [{ what: 'reads the storage', store, local: { at: 'look', attempt, own } }];
  };

  /** Element and guard are read as one snapshot. Reading them separately, in this order, is a flaw. */
  const look = (store: Store, state: State): Move<State>[] => {
    const { attempt } = state;
    const element = store.elements[target];
    if (!element) {
      const local: State = { at: 'withdraw', attempt, reply: 'unknown-parent' };
      return [{ what: 'finds no element', store, local }];
    }
    if (tears) {
      const local: State = { ...state, at: 'look again', saw: element.incarnation };
      return [{ what: 'finds the element', store, local }];
    }
    return lookAtGuard(store, { ...state, saw: element.incarnation });
  };

  const lookAtGuard = (store: Store, state: State): Move<State>[] => {
    const { attempt } = state;
    const guard = store.guards[target];
    if (guard === undefined) {
      const local: State = { ...state, at: looksFirst ? 'announce' : 'commit' };
      return [{ what: 'finds it unguarded', store, local }];
    }
    const broken: Move<State> = {
      what: 'meets an expired guard',
      store,
      local: { ...state, at: 'break', saw: guard.holder },
    };
    if (!guard.standing) {
      return [
        { what: 'meets a guard', store, local: { at: 'withdraw', attempt, ...retryOr(attempt) } },
        broken,
      ];
    }
    if (rules.flaw === 'a standing guard is broken like any other') return [broken];
    return [{ what: 'meets a standing guard', store, local: { at: 'withdraw', attempt, reply: 'in-use' } }];
  };

  /** The fate of the referrer's own record: an answer if it failed, undefined to try again. */
  const ownRecord = (
    store: Store,
    { attempt, own }: State,
    reference: object,
  ): Element | string | undefined => {
    if (act === 'create') {
      const name = nameOf(attempt);
      const { [referral.referrer]: tag } = store.tags;
      const minds = rules.flaw !== 'an element is created whatever tag has its name';
      if (store.elements[referral.referrer] || (minds && tag)) return 'name-collision';
      return { incarnation: name, revision: 1, references: { ...reference } };
    }
    const read = own as Element;
    if (!isReplaceable(store, referral.referrer, read, rules)) return undefined;
    const references = { ...read.references, ...reference };
    return { ...read, revision: nextRevision(read, rules), references };
  };

  /** One transaction, so both the record and the edge, or neither. */
  const commit = (store: Store, state: State): Move<State>[] => {
    const { attempt, saw = '' } = state;
    const key = keyOf(attempt);
    const record = ownRecord(store, state, { [key]: saw });
    if (record === undefined || typeof record === 'string') {
      const end = typeof record === 'string' ? { reply: record } : retryOr(attempt);
      return [{ what: 'fails to commit', store, local: { at: 'withdraw', attempt, ...end } }];
    }
    if (store.edges[key]?.state !== 'intent' && rules.flaw !== 'the referrer commits without its intent') {
      return [{ what: 'was fenced', store, local: startOver(attempt) }];
    }
    const held: Edge = { state: 'held', target, shard: referral.shard, referrer: referral.referrer };
    const committed: Store = {
      ...store,
      elements: { ...store.elements, [referral.referrer]: record },
      edges: { ...store.edges, [key]: held },
    };
    return [{ what: 'commits', store: committed, local: answer('done') }];
  };

  return {
    id,
    start: { at: first, attempt: 1 },
    moves(store, state) {
      const { at, attempt, saw = '', reply } = state;
      const key = keyOf(attempt);
      switch (at) {
        case 'announce': {
          const edge: Edge = { state: 'intent', target, shard: referral.shard, referrer: referral.referrer };
          const next = act === 'create' ? 'look' : 'read own';
          const local: State = looksFirst ? { at: 'commit', attempt, saw } : { at: next, attempt };
          return send(store, { kind: 'put intent', key, edge }, rules).map(({ store }) => ({
            what: 'puts its intent',
            store,
            local,
          }));
        }
        case 'read own':
          return readOwn(store, attempt);
        case 'look':
          return look(store, state);
        case 'look again':
          return lookAtGuard(store, state);
        case 'break':
          return send(store, { kind: 'delete guard', target, owner: saw }, rules).map(({ store }) => ({
            what: `breaks guard ${saw}`,
            store,
            local: { ...state, at: 'look', saw: '' },
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
