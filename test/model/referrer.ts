import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import { type Edge, edgeKey, type Store } from './store.ts';

interface State extends Local {
  at: 'announce' | 'look' | 'look again' | 'break' | 'commit' | 'withdraw';
  attempt: number;
  /** The incarnation that was read, or the guard that was met. */
  saw?: string;
  /** What to answer after withdrawing; absent: try again. */
  reply?: string;
}

interface Referral {
  id: string;
  /** `create` makes the referrer with its reference; `join` adds a reference to one that exists. */
  act: 'create' | 'join';
  referrer: string;
  target: string;
  shard: number;
  attempts: number;
}

/**
 * Who refers to an element: announces itself beside it, looks whether it is there and unguarded, and commits. Every
 * attempt has an edge row of its own, so whatever becomes of an abandoned attempt's row harms nobody.
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

  /** Element and guard are read as one snapshot: a step of its own for each, in this order, is a flaw. */
  const look = (store: Store, attempt: number): Move<State>[] => {
    const element = store.elements[target];
    if (!element) {
      const local: State = { at: 'withdraw', attempt, reply: 'unknown-parent' };
      return [{ what: 'finds no element', store, local }];
    }
    if (tears) {
      const local: State = { at: 'look again', attempt, saw: element.incarnation };
      return [{ what: 'finds the element', store, local }];
    }
    return lookAtGuard(store, attempt, element.incarnation);
  };

  const lookAtGuard = (store: Store, attempt: number, incarnation: string): Move<State>[] => {
    const guard = store.guards[target];
    if (guard === undefined) {
      const local: State = { at: looksFirst ? 'announce' : 'commit', attempt, saw: incarnation };
      return [{ what: 'finds it unguarded', store, local }];
    }
    return [
      { what: 'meets a guard', store, local: { at: 'withdraw', attempt, ...retryOr(attempt) } },
      { what: 'meets an expired guard', store, local: { at: 'break', attempt, saw: guard } },
    ];
  };

  /** One transaction, so both the record and the edge, or neither. */
  const commit = (store: Store, attempt: number, incarnation: string): Move<State>[] => {
    const key = keyOf(attempt);
    const own = store.elements[referral.referrer];
    if (act === 'create' ? own !== undefined : own === undefined) {
      const reply = act === 'create' ? 'name-collision' : 'not-found';
      return [{ what: 'fails to commit', store, local: { at: 'withdraw', attempt, reply } }];
    }
    if (store.edges[key]?.state !== 'intent' && rules.flaw !== 'the referrer commits without its intent') {
      return [{ what: 'was fenced', store, local: startOver(attempt) }];
    }
    const held: Edge = { state: 'held', target, shard: referral.shard, referrer: referral.referrer };
    const record = {
      incarnation: own?.incarnation ?? nameOf(attempt),
      references: { ...own?.references, [key]: incarnation },
    };
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
    moves(store, { at, attempt, saw = '', reply }) {
      const key = keyOf(attempt);
      switch (at) {
        case 'announce': {
          const edge: Edge = { state: 'intent', target, shard: referral.shard, referrer: referral.referrer };
          const local: State = looksFirst ? { at: 'commit', attempt, saw } : { at: 'look', attempt };
          return send(store, { kind: 'put intent', key, edge }, rules).map(({ store }) => ({
            what: 'puts its intent',
            store,
            local,
          }));
        }
        case 'look':
          return look(store, attempt);
        case 'look again':
          return lookAtGuard(store, attempt, saw);
        case 'break':
          return send(store, { kind: 'delete guard', target, owner: saw }, rules).map(({ store }) => ({
            what: `breaks guard ${saw}`,
            store,
            local: { at: 'look', attempt },
          }));
        case 'commit':
          return commit(store, attempt, saw);
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
