import { defined } from '../../lib/defined.ts';
import { mayReplace, memberKey, withMembers } from './composition.ts';
import { answer, type Local, type Move, type Program, type Rules, send } from './program.ts';
import {
  type Composition,
  type Edge,
  type Element,
  edgeKey,
  type Member,
  type Store,
  targetOf,
} from './store.ts';

interface State extends Local {
  at: 'announce' | 'look' | 'announce tasks' | 'look at tasks' | 'break' | 'commit' | 'withdraw';
  attempt: number;
  composition?: Composition;
  /** What is joined, as it was read. */
  element?: Element;
  /** What its tasks are now, by name. */
  tasks?: Record<string, string>;
  /** An expired guard that was met, and where to go on. */
  met?: { target: string; holder: string; back: 'look' | 'look at tasks' };
  /** Own intents that are still to be put, or to be withdrawn. */
  left?: string[];
  /** What to answer after withdrawing; absent: try again. */
  reply?: string;
}

interface Join {
  id: string;
  executor: string;
  target: string;
  attempts: number;
}

/** The tasks that an element is associated with, by name: the incarnation that the association was made with. */
const tasksOf = ({ references }: Element): Record<string, string> =>
  Object.fromEntries(
    Object.entries(references)
      .map(([key, incarnation]) => [targetOf(key), incarnation] as const)
      .filter(([name]) => name.startsWith('task')),
  );

/**
 * Who joins an element, and with storage the tasks that it is associated with. Announces itself beside the element, looks
 * at it, its guard and the composition in one snapshot, then does the same at the tasks, and commits all in one transaction.
 */
export function joiner({ id, executor, target, attempts }: Join, rules: Rules): Program<State> {
  const { flaw } = rules;
  const unannounced = flaw === 'tasks come along unannounced';
  const readsOnce = flaw === 'the storage is not read again with its tasks';

  const keyOf = (name: string, attempt: number): string => edgeKey(name, `${id}.${attempt}`);
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'announce', attempt: attempt + 1 } as const) : answer('unavailable');
  const withdrawal = (state: State, reply?: string): State => {
    const { attempt, element } = state;
    const tasks = unannounced || !element ? [] : Object.keys(tasksOf(element));
    const left = [target, ...tasks].map((name) => keyOf(name, attempt));
    return defined({ at: 'withdraw', attempt, left, reply });
  };
  const retry = (state: State): State =>
    withdrawal(state, state.attempt < attempts ? undefined : 'unavailable');

  /** What a guard on one of the elements makes of the attempt; undefined: none of them has one. */
  const lookAtGuards = (
    store: Store,
    state: State,
    names: string[],
    back: 'look' | 'look at tasks',
  ): Move<State>[] | undefined => {
    const name = names.find((name) => store.guards[name]);
    const guard = name === undefined ? undefined : store.guards[name];
    if (name === undefined || !guard) return undefined;
    const { attempt, composition, element } = state;
    const met = { target: name, holder: guard.holder, back };
    const seen = { ...(composition && { composition }), ...(element && { element }) };
    const broken: Move<State> = {
      what: 'meets an expired guard',
      store,
      local: { at: 'break', attempt, ...seen, met },
    };
    if (!guard.standing) return [{ what: 'meets a guard', store, local: retry(state) }, broken];
    if (flaw === 'a standing guard is broken like any other') return [broken];
    return [{ what: 'meets a standing guard', store, local: withdrawal(state, 'in-use') }];
  };

  const look = (store: Store, state: State): Move<State>[] => {
    const element = store.elements[target];
    const composition = store.compositions[executor];
    const { attempt } = state;
    const refuse = (what: string, reply: string) => [
      { what, store, local: withdrawal({ at: 'look', attempt }, reply) },
    ];
    if (!composition) return refuse('finds no composition', 'stale-handle');
    if (memberKey(composition, target) !== undefined) return refuse('finds it joined', 'already-joined');
    if (!element) return refuse('finds no element', 'not-found');
    const guarded = lookAtGuards(store, { at: 'look', attempt }, [target], 'look');
    if (guarded) return guarded;
    // What was joined on its own does not come along.
    const names = Object.keys(tasksOf(element)).filter((name) => memberKey(composition, name) === undefined);
    const seen = { attempt, element, composition, tasks: {} };
    const left = names.map((name) => keyOf(name, attempt));
    const next = unannounced ? 'look at tasks' : 'announce tasks';
    const local: State = names.length > 0 ? { at: next, ...seen, left } : { at: 'commit', ...seen };
    return [{ what: 'finds it unguarded', store, local }];
  };

  /** One snapshot of the tasks, their guards and, once more, the storage: they are still its tasks. */
  const lookAtTasks = (store: Store, state: State): Move<State>[] => {
    const element = state.element as Element;
    const composition = state.composition as Composition;
    const names = Object.keys(tasksOf(element)).filter((name) => memberKey(composition, name) === undefined);
    const present = store.elements[target];
    const isStill =
      present?.incarnation === element.incarnation &&
      Object.keys(present.references).sort().join() === Object.keys(element.references).sort().join();
    const missing = names.some((name) => !store.elements[name]);
    if (missing || (!isStill && !readsOnce)) {
      return [{ what: 'finds the tasks changed', store, local: retry(state) }];
    }
    const guarded = lookAtGuards(store, state, names, 'look at tasks');
    if (guarded) return guarded;
    const tasks = Object.fromEntries(names.map((name) => [name, store.elements[name]?.incarnation ?? '']));
    const local: State = { at: 'commit', attempt: state.attempt, element, composition, tasks };
    return [{ what: 'finds the tasks unguarded', store, local }];
  };

  const commit = (store: Store, state: State): Move<State>[] => {
    const { attempt, tasks = {} } = state;
    const composition = state.composition as Composition;
    const element = state.element as Element;
    const { yes, reply } = mayReplace(store.compositions[executor], composition, rules);
    if (!yes) {
      return [
        {
          what: 'fails to commit',
          store,
          local: reply === undefined ? retry(state) : withdrawal(state, reply),
        },
      ];
    }
    const announced = [target, ...(unannounced ? [] : Object.keys(tasks))];
    if (announced.some((name) => store.edges[keyOf(name, attempt)]?.state !== 'intent')) {
      return [{ what: 'was fenced', store, local: retry(state) }];
    }
    const associated = tasksOf(element);
    const members: Record<string, Member> = {
      [keyOf(target, attempt)]: { incarnation: element.incarnation, exclusive: false },
    };
    for (const [name, incarnation] of Object.entries(tasks)) {
      const own = associated[name] as string;
      members[keyOf(name, attempt)] = { incarnation, exclusive: false, associated: own };
    }
    const joined = withMembers(store, executor, { composition, nonce: `${id}.${attempt}`, members });
    return [{ what: 'commits', store: joined, local: answer('done') }];
  };

  const announce = (store: Store, key: string, local: State): Move<State>[] => {
    const edge: Edge = { state: 'intent', target: targetOf(key), shard: 0, referrer: executor };
    const what = `puts its intent ${key}`;
    return send(store, { kind: 'put intent', key, edge }, rules).map(({ store }) => ({ what, store, local }));
  };

  return {
    id,
    start: { at: 'announce', attempt: 1 },
    moves(store, state) {
      const { at, attempt, left = [], met, reply } = state;
      const [key = '', ...others] = left;
      switch (at) {
        case 'announce':
          return announce(store, keyOf(target, attempt), { at: 'look', attempt });
        case 'look':
          return look(store, state);
        case 'announce tasks': {
          const next = others.length > 0 ? at : 'look at tasks';
          return announce(store, key, { ...state, at: next, left: others });
        }
        case 'look at tasks':
          return lookAtTasks(store, state);
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
          return commit(store, state);
        case 'withdraw':
          return send(store, { kind: 'delete edge if intent', key }, rules).map(({ store }) => ({
            what: `withdraws ${key}`,
            store,
            local:
              others.length > 0
                ? { ...state, left: others }
                : reply === undefined
                  ? startOver(attempt)
                  : answer(reply),
          }));
      }
    },
  };
}
