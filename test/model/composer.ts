import { defined } from '../../lib/defined.ts';
import { type Compose, composed, type Look, ownerOf as ownerIn, type State, tasksOf } from './composing.ts';
import { memberKey } from './composition.ts';
import { answer, type Move, type Program, type Rules, send } from './program.ts';
import {
  type Edge,
  type Element,
  edgeKey,
  lone,
  queryShard,
  type Store,
  shards,
  type Write,
} from './store.ts';

/**
 * Joins several elements in one transaction, with the tasks that are associated with storage. It puts intents beside all elements that others may
 * refer to as well, looks at each with its guard, guards the exclusive ones and looks for their references, and commits all or nothing.
 */
export function composer(compose: Compose, rules: Rules): Program<State> {
  const { id, executor, shared, alone, exists, attempts } = compose;
  const { flaw } = rules;
  const unannounced = flaw === 'tasks come along unannounced';
  const readsOnce = flaw === 'the storage is not read again with its tasks';
  const nothing = { elements: {}, tasks: {}, intents: [], left: [] };

  const ownerOf = (attempt: number): string => ownerIn(id, attempt);
  const keyOf = (name: string, attempt: number): string => edgeKey(name, ownerOf(attempt));
  const startOver = (attempt: number) =>
    attempt < attempts
      ? { at: 'announce' as const, attempt: attempt + 1, ...nothing }
      : answer('unavailable');
  const alongWith = ({ elements, composition }: State): string[] =>
    Object.values(elements).flatMap((element) =>
      // A task that joined by itself does not join with the storage.
      Object.keys(tasksOf(element)).filter(
        (name) => !composition || memberKey(composition, name) === undefined,
      ),
    );

  const withdrawal = (state: State, reply?: string): State => {
    const { attempt } = state;
    const intents = [...shared, ...(unannounced ? [] : alongWith(state))].map((name) => keyOf(name, attempt));
    return defined({ at: 'withdraw', attempt, ...nothing, left: [...intents, ...alone], reply });
  };
  const retry = (state: State): State =>
    withdrawal(state, state.attempt < attempts ? undefined : 'unavailable');

  /** The effect of a guard on the attempt; undefined: there is no guard. */
  const lookAtGuard = (store: Store, state: State, name: string, back: Look): Move<State>[] | undefined => {
    const guard = store.guards[name];
    if (!guard) return undefined;
    const met = { target: name, holder: guard.holder, back };
    const broken: Move<State> = {
      what: 'meets an expired guard',
      store,
      local: { ...state, at: 'break', met },
    };
    if (!guard.standing) return [{ what: 'meets a guard', store, local: retry(state) }, broken];
    if (flaw === 'a standing guard is broken like any other') return [broken];
    return [{ what: 'meets a standing guard', store, local: withdrawal(state, 'in-use') }];
  };

  /** The refusal, by the state of the composition and the executor. */
  const refusalOf = ({ compositions, elements }: Store): string | undefined => {
    const composition = compositions[executor];
    if ((composition !== undefined) !== exists) return 'stale-handle';
    const joined = [...shared, ...alone].some(
      (name) => composition && memberKey(composition, name) !== undefined,
    );
    if (joined) return 'already-joined';
    return exists && !elements[executor] ? 'not-found' : undefined;
  };

  const afterLook = (state: State): State['at'] => (alone.length > 0 ? 'guard' : afterGuard(state));
  const afterGuard = (state: State): State['at'] => {
    if (alongWith(state).length === 0) return afterTasks();
    return unannounced ? 'look at tasks' : 'announce tasks';
  };
  const afterTasks = (): State['at'] => (alone.length > 0 ? 'count' : 'commit');
  /** The remaining work at the beginning of a step. */
  const entering = (state: State, at: State['at']): State => {
    const left =
      at === 'announce tasks' || at === 'look at tasks'
        ? alongWith(state)
        : at === 'count'
          ? alone.flatMap((name) => shards.map((shard) => `${name}<${shard}`))
          : [];
    return { ...state, at, left };
  };

  /** One snapshot of an element and its guard; for the first element also of the composition and the executor. */
  const look = (store: Store, state: State): Move<State>[] => {
    const [name, ...left] = state.left;
    const isFirst = Object.keys(state.elements).length === 0;
    const refusal = isFirst ? refusalOf(store) : undefined;
    const refuse = (what: string, reply: string) => [{ what, store, local: withdrawal(state, reply) }];
    if (refusal !== undefined) return refuse('finds another composition', refusal);
    const read = isFirst
      ? defined({ composition: store.compositions[executor], executor: store.elements[executor] })
      : {};
    const looking: State = { ...state, ...read };
    if (name === undefined) return [{ what: 'looks', store, local: entering(looking, afterLook(looking)) }];
    const element = store.elements[name];
    if (!element) return refuse('finds no element', 'not-found');
    const guarded = lookAtGuard(store, state, name, 'look');
    if (guarded) return guarded;
    const isHeld = Object.values(store.edges).some((edge) => edge.target === name && edge.state === 'held');
    if (alone.includes(name) && isHeld) return refuse('finds others', 'in-use');
    const seen: State = { ...looking, elements: { ...state.elements, [name]: element }, left };
    const local = left.length > 0 ? seen : entering(seen, afterLook(seen));
    return [{ what: `finds ${name} unguarded`, store, local }];
  };

  /** One snapshot of a task, its guard and, again, the storage: the task must still be associated. */
  const lookAtTask = (store: Store, state: State): Move<State>[] => {
    const [name = '', ...left] = state.left;
    const [storage = '', read] = Object.entries(state.elements).find(([, one]) => name in tasksOf(one)) ?? [];
    const present = store.elements[storage];
    const keys = ({ references }: Element): string => Object.keys(references).sort().join();
    const isStill =
      present && read && present.incarnation === read.incarnation && keys(present) === keys(read);
    const task = store.elements[name];
    if (!task || (!isStill && !readsOnce))
      return [{ what: 'finds the tasks changed', store, local: retry(state) }];
    const guarded = lookAtGuard(store, state, name, 'look at tasks');
    if (guarded) return guarded;
    const seen: State = { ...state, tasks: { ...state.tasks, [name]: task.incarnation }, left };
    const local = left.length > 0 ? seen : entering(seen, afterTasks());
    return [{ what: `finds ${name} unguarded`, store, local }];
  };

  /** All guards in one transaction. */
  const guard = (store: Store, state: State): Move<State>[] => {
    const owner = ownerOf(state.attempt);
    const kept = { what: 'is kept off by a guard', store, local: retry(state) };
    const others = alone.map((name) => store.guards[name]).filter((found) => found && found.holder !== owner);
    const put = alone.map((name) => [name, { holder: owner, standing: false }] as const);
    const guarded = { ...store, guards: { ...store.guards, ...Object.fromEntries(put) } };
    const putting = {
      what: `puts guard ${owner}`,
      store: guarded,
      local: entering(state, afterGuard(state)),
    };
    if (others.some((found) => found?.standing)) return [kept];
    return others.length > 0 ? [putting, kept] : [putting];
  };

  const count = (store: Store, state: State): Move<State>[] => {
    const [place = '', ...left] = state.left;
    const [name = '', shard] = place.split('<');
    const what = `queries shard ${shard} of ${name}`;
    const edges = queryShard(store, name, Number(shard));
    if (edges.some(([, { state }]) => state === 'held'))
      return [{ what, store, local: withdrawal(state, 'in-use') }];
    const intents = [...state.intents, ...edges.map(([key]) => key)].sort();
    const next: State = { ...state, intents, left };
    if (left.length > 0) return [{ what, store, local: next }];
    const fences = intents.length > 0 && flaw !== 'the exclusive join does not fence';
    return [
      { what, store, local: fences ? { ...next, at: 'fence' } : { ...next, at: 'commit', intents: [] } },
    ];
  };

  const fence = (store: Store, state: State, key: string): Move<State>[] =>
    send(store, { kind: 'delete edge if intent', key }, rules).map(({ store, accepted }) => {
      const what = `fences ${key}`;
      if (!accepted) return { what, store, local: withdrawal(state, 'in-use') };
      const intents = state.intents.filter((other) => other !== key);
      return { what, store, local: { ...state, at: intents.length > 0 ? 'fence' : 'commit', intents } };
    });

  const commit = (store: Store, state: State): Move<State> => {
    const result = composed(store, compose, state, rules);
    if ('store' in result) return { what: 'commits', store: result.store, local: answer('done') };
    const { reply } = result;
    return {
      what: 'fails to commit',
      store,
      local: reply === undefined ? retry(state) : withdrawal(state, reply),
    };
  };

  /** All intents in one transaction, whose token recognises a repeated request. */
  const announce = (store: Store, names: readonly string[], attempt: number): Store => {
    const put = names.map((target): [string, Edge] => [
      keyOf(target, attempt),
      { state: 'intent', target, shard: 0, referrer: executor },
    ]);
    return { ...store, edges: { ...store.edges, ...Object.fromEntries(put) } };
  };

  /** Creates the executor before the rest, which is a flaw. */
  const makeFirst = (store: Store, attempt: number): Store =>
    flaw === 'the executor is made before its members' && !store.elements[executor]
      ? { ...store, elements: { ...store.elements, [executor]: lone(ownerOf(attempt)) } }
      : store;

  const takeBack = (what: string): Write =>
    alone.includes(what)
      ? { kind: 'delete guard', target: what, owner: '' }
      : { kind: 'delete edge if intent', key: what };

  return {
    id,
    start: { at: 'announce', attempt: 1, ...nothing },
    moves(store, state) {
      const { at, attempt, left, met, reply } = state;
      switch (at) {
        case 'announce': {
          const announced = announce(makeFirst(store, attempt), shared, attempt);
          return [
            {
              what: 'puts its intents',
              store: announced,
              local: { ...state, at: 'look', left: [...shared, ...alone] },
            },
          ];
        }
        case 'look':
          return look(store, state);
        case 'guard':
          return guard(store, state);
        case 'announce tasks':
          return [
            {
              what: 'puts the intents of its tasks',
              store: announce(store, left, attempt),
              local: { ...state, at: 'look at tasks' },
            },
          ];
        case 'look at tasks':
          return lookAtTask(store, state);
        case 'count':
          return count(store, state);
        case 'fence':
          return state.intents.flatMap((key) => fence(store, state, key));
        case 'break': {
          const { target = '', holder = '', back = 'look' } = met ?? {};
          const { met: _, ...seen } = state;
          return send(store, { kind: 'delete guard', target, owner: holder }, rules).map(({ store }) => ({
            what: `breaks guard ${holder}`,
            store,
            local: { ...seen, at: back },
          }));
        }
        case 'commit':
          return [commit(store, state)];
        case 'withdraw': {
          const [one, ...others] = left;
          const end = reply === undefined ? startOver(attempt) : answer(reply);
          if (one === undefined) return [{ what: 'withdraws nothing', store, local: end }];
          const back = takeBack(one);
          const write = back.kind === 'delete guard' ? { ...back, owner: ownerOf(attempt) } : back;
          return send(store, write, rules).map(({ store }) => ({
            what: `withdraws ${one}`,
            store,
            local: others.length > 0 ? { ...state, left: others } : end,
          }));
        }
      }
    },
  };
}
