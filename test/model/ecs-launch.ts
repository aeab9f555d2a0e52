/**
 * Attempts as tasks of ECS: functions that wake at any time (a late or repeated event, or the reconciliation), lost answers, late and repeated
 * requests, tokens that expire, tasks that ECS forgets, a crash after any step (ADR 51). Each step is one request, one answer, or the passage of
 * time.
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** A flaw in the protocol. The tests show the effect of each, so every clause is necessary. */
export type LaunchFlaw =
  | 'a token is made at each try'
  | 'the row is written after the answer'
  | 'the row goes once it is over'
  | 'a write does not require what was read'
  | 'what is asked for no more is forgotten at once'
  | 'what an event says is believed'
  | 'a token is good for ever'
  | 'who asks again does not write that first'
  | 'what is lost is told before it is written'
  | 'a refusal keeps its token';

export interface LaunchCast {
  /** Concurrent functions. */
  readonly functions: 1 | 2;
  readonly unbinds?: boolean;
  /** The task is bound again, whatever happened to its attempt. */
  readonly rebinds?: boolean;
  /** A second attempt is requested after the end of the first. */
  readonly restarts?: boolean;
  readonly crashes?: boolean;
  /** The number of `failures` answers of ECS. */
  readonly refusals?: number;
  /** The number of requests that arrive a second time, later. */
  readonly copies?: number;
  /** Whether ECS forgets stopped tasks, and tokens expire. */
  readonly ages?: boolean;
}

/** The request of the composition; attempt 0 before a bind. */
interface Asked {
  readonly attempt: number;
  readonly isBound: boolean;
  readonly isEnded: boolean;
}

/** The row of the executor: the last launched attempt. */
interface Row {
  readonly version: number;
  readonly attempt: number;
  readonly token: number;
  readonly arn?: number;
  /** No task of it exists or ever will. */
  readonly isLost?: true;
  readonly isOver?: true;
}

/** The age of a request of a row without an ARN: `settled` once no request is under way, `expired` once its token is invalid. */
type Age = 'fresh' | 'settled' | 'expired';

interface Task {
  readonly token: number;
  readonly attempt: number;
  readonly state: 'pending' | 'running' | 'stopped' | 'gone';
  /** Whether ECS still knows this task by its token. */
  readonly isTokenKnown: boolean;
}

interface Request {
  readonly token: number;
  readonly attempt: number;
  /** The function that waits for the answer. */
  readonly by?: number;
}

interface Worker {
  readonly at: 'idle' | 'has row' | 'knows' | 'waits' | 'answered' | 'saw' | 'told';
  readonly row?: Row;
  readonly asked?: Asked;
  readonly age?: Age;
  /** The task in the answer, or a refusal by ECS. */
  readonly answer?: number | 'refused';
  readonly saw?: Task['state'];
  /** It has recorded that it calls ECS. */
  readonly mayAsk?: true;
}

interface State {
  readonly asked: Asked;
  readonly row?: Row;
  readonly age: Age;
  readonly tasks: readonly Task[];
  readonly refused: readonly number[];
  readonly requests: readonly Request[];
  readonly workers: readonly Worker[];
  /** The reported end of each attempt. */
  readonly ends: readonly (readonly [attempt: number, end: 'exit' | 'lost'])[];
  readonly tokens: number;
  readonly refusals: number;
  readonly copies: number;
}

const IDLE: Worker = { at: 'idle' };
const isAlive = ({ state }: Task): boolean => state === 'pending' || state === 'running';
const isToRun = ({ attempt, isBound, isEnded }: Asked): boolean => attempt > 0 && isBound && !isEnded;
const isAskedFor = (asked: Asked, row: Row): boolean => isToRun(asked) && asked.attempt === row.attempt;

const replace = <T>(all: readonly T[], at: number, one: T): T[] =>
  all.map((old, i) => (i === at ? one : old));

export const ecsLaunch = (cast: LaunchCast, flaw?: LaunchFlaw): Model<State> => {
  const withWorker = (state: State, at: number, worker: Worker): State => ({
    ...state,
    workers: replace(state.workers, at, worker),
  });
  /** A write on condition that the row is unchanged; undefined otherwise. */
  const write = (state: State, read: Row | undefined, row: Omit<Row, 'version'>): State | undefined => {
    if (flaw !== 'a write does not require what was read' && state.row?.version !== read?.version)
      return undefined;
    return { ...state, row: { ...row, version: (state.row?.version ?? 0) + 1 } };
  };
  const over = (state: State, read: Row): State | undefined => {
    const written = write(state, read, { ...read, isOver: true });
    if (!written || flaw !== 'the row goes once it is over') return written;
    const { row: _, ...rest } = written;
    return rest;
  };
  /** The service accepts one report on the requested attempt. */
  const tell = (state: State, attempt: number, end: 'exit' | 'lost'): State => {
    const { asked } = state;
    const ends = [...state.ends, [attempt, end] as const];
    return {
      ...state,
      ends: state.ends.some(([told]) => told === attempt) ? state.ends : ends,
      asked: asked.attempt === attempt ? { ...asked, isEnded: true } : asked,
    };
  };

  /** A function dies; its requests may still arrive. */
  const leave = (state: State, at: number): State => {
    const left = state.requests.map(({ by, ...request }) =>
      by === undefined || by === at ? request : { ...request, by },
    );
    const requests = left.filter(
      (one, i) =>
        'by' in one || left.findIndex((other) => !('by' in other) && other.token === one.token) === i,
    );
    return withWorker({ ...state, requests }, at, IDLE);
  };

  const ofUsers = (state: State): Step<State>[] => {
    const { asked } = state;
    const steps: Step<State>[] = [];
    const ask = (what: string, next: Asked) => steps.push({ what, next: { ...state, asked: next } });
    const { attempt, isBound, isEnded } = asked;
    if (attempt === 0) ask('is bound', { attempt: 1, isBound: true, isEnded: false });
    if (attempt === 1 && isBound && cast.unbinds) ask('is unbound', { ...asked, isBound: false });
    if (attempt === 1 && !isBound && cast.rebinds)
      ask('is bound again', { attempt: 2, isBound: true, isEnded: false });
    if (attempt === 1 && isBound && isEnded && cast.restarts)
      ask('is asked for again', { attempt: 2, isBound: true, isEnded: false });
    return steps;
  };

  const ofEcs = (state: State): Step<State>[] => {
    const steps = state.tasks.flatMap((task, at): Step<State>[] => {
      const become = (what: string, next: Task): Step<State> => ({
        what: `task ${at} ${what}`,
        next: { ...state, tasks: replace(state.tasks, at, next) },
      });
      if (task.state === 'pending')
        return [
          become('runs', { ...task, state: 'running' }),
          become('never starts', { ...task, state: 'stopped' }),
        ];
      if (task.state === 'running') return [become('ends', { ...task, state: 'stopped' })];
      return task.state === 'stopped' && cast.ages
        ? [become('is forgotten', { ...task, state: 'gone' })]
        : [];
    });
    state.requests.forEach((request, at) => {
      const { token, attempt, by } = request;
      const rest = state.requests.filter((_, i) => i !== at);
      const answered = (next: State, answer: number | 'refused'): State => {
        const waiting = by === undefined ? undefined : state.workers[by];
        return by !== undefined && waiting?.at === 'waits'
          ? withWorker(next, by, { ...waiting, at: 'answered', answer })
          : next;
      };
      const hear = (what: string, left: readonly Request[], copies: number) => {
        const heard = { ...state, requests: left, copies };
        const known = state.tasks.findIndex((task) => task.token === token && task.isTokenKnown);
        if (state.refused.includes(token)) steps.push({ what, next: answered(heard, 'refused') });
        else if (known >= 0) steps.push({ what, next: answered(heard, known) });
        else {
          const task = { token, attempt, state: 'pending', isTokenKnown: true } as const;
          const tasks = [...state.tasks, task];
          steps.push({ what, next: answered({ ...heard, tasks }, state.tasks.length) });
          if (state.refusals < (cast.refusals ?? 0))
            steps.push({
              what: `${what}, and there is no capacity`,
              next: answered(
                { ...heard, refused: [...state.refused, token], refusals: state.refusals + 1 },
                'refused',
              ),
            });
        }
      };
      hear(`ECS hears of attempt ${attempt}`, rest, state.copies);
      if (by !== undefined && state.copies < (cast.copies ?? 0))
        hear(
          `ECS hears of attempt ${attempt}, and will once more`,
          [...rest.filter((one) => one.by !== undefined || one.token !== token), { token, attempt }],
          state.copies + 1,
        );
    });
    return steps;
  };

  /** Time passes only while no request of the row is under way: functions and requests end within minutes. */
  const ofTime = (state: State): Step<State>[] => {
    const { row, age, requests, workers } = state;
    if (!row || row.isOver || row.arn !== undefined) return [];
    if (requests.length > 0 || workers.some(({ at }) => at !== 'idle')) return [];
    if (age === 'fresh') return [{ what: 'minutes pass', next: { ...state, age: 'settled' } }];
    if (age === 'settled' && cast.ages) {
      const tasks = state.tasks.map((task) => ({ ...task, isTokenKnown: false }));
      return [{ what: 'a day passes', next: { ...state, age: 'expired', tasks } }];
    }
    return [];
  };

  const ofWorker = (state: State, at: number): Step<State>[] => {
    const worker = state.workers[at] as Worker;
    const name = `function ${at}`;
    const to = (what: string, next: State | undefined, after: Worker): Step<State>[] => [
      { what: `${name} ${what}`, next: withWorker(next ?? state, at, next ? after : IDLE) },
    ];
    const { row, asked } = worker;
    switch (worker.at) {
      case 'idle': {
        const { row: is, age } = state;
        const steps = to('wakes and reads the row', state, {
          at: 'has row',
          age,
          ...(is ? { row: is } : {}),
        });
        if (flaw !== 'what an event says is believed' || !is) return steps;
        const hasStopped = state.tasks.some(({ state: was }) => was === 'stopped');
        return hasStopped
          ? [...steps, ...to('is told that a task stopped', tell(state, is.attempt, 'exit'), IDLE)]
          : steps;
      }
      case 'has row':
        return to('reads what is asked for', state, { ...worker, at: 'knows', asked: state.asked });
      case 'knows':
        return knowing(state, at, worker, to);
      case 'waits':
        return [];
      case 'answered': {
        const { answer } = worker;
        if (!row || answer === undefined) return [];
        if (answer !== 'refused')
          return to('writes the ARN', write(state, row, { ...row, arn: answer }), IDLE);
        if (flaw === 'a refusal keeps its token') return to('leaves it', state, IDLE);
        const token = state.tokens;
        const renewed = write(state, row, { ...row, token });
        return to('writes another token', renewed && { ...renewed, tokens: token + 1, age: 'fresh' }, IDLE);
      }
      case 'saw': {
        if (!row || !asked) return [];
        const { saw } = worker;
        if (saw === 'stopped' || saw === 'gone')
          return to('tells the end', tell(state, row.attempt, saw === 'gone' ? 'lost' : 'exit'), {
            ...worker,
            at: 'told',
          });
        if (isAskedFor(asked, row)) return to('has nothing to do', state, IDLE);
        const tasks = state.tasks.map((task, i) =>
          i === row.arn && isAlive(task) ? ({ ...task, state: 'stopped' } as const) : task,
        );
        return to('stops it', { ...state, tasks }, IDLE);
      }
      case 'told':
        return row ? to('writes that it is over', over(state, row), IDLE) : [];
    }
  };

  const send = (state: State, at: number, worker: Worker, row: Row): State =>
    withWorker(
      { ...state, requests: [...state.requests, { token: row.token, attempt: row.attempt, by: at }] },
      at,
      {
        ...worker,
        row,
        at: 'waits',
      },
    );

  const knowing = (
    state: State,
    at: number,
    worker: Worker,
    to: (what: string, next: State | undefined, after: Worker) => Step<State>[],
  ): Step<State>[] => {
    const { row, asked = state.asked, age } = worker;
    const ready = (what: string, next: State | undefined): Step<State>[] =>
      to(what, next, { ...worker, mayAsk: true, ...(next?.row ? { row: next.row } : {}) });
    if (!row || row.isOver) {
      if (!isToRun(asked) || (row && row.attempt >= asked.attempt))
        return to('has nothing to do', state, IDLE);
      const token = state.tokens;
      const planned = { attempt: asked.attempt, token };
      const fresh = { ...state, tokens: token + 1, age: 'fresh' as const };
      if (flaw === 'the row is written after the answer') {
        const sent = send(fresh, at, worker, { ...planned, version: row?.version ?? 0 });
        return [{ what: `function ${at} asks ECS before it writes`, next: sent }];
      }
      return ready('writes the row', write(fresh, row, planned));
    }
    if (row.isLost) return to('knows that it is lost', state, { ...worker, at: 'saw', saw: 'gone' });
    if (row.arn !== undefined) {
      const { state: saw } = state.tasks[row.arn] as Task;
      return to('looks at the task', state, { ...worker, at: 'saw', saw });
    }
    const isAsked = isAskedFor(asked, row);
    const maySend = age !== 'expired' || flaw === 'a token is good for ever';
    if (isAsked && maySend) {
      if (!worker.mayAsk && flaw !== 'who asks again does not write that first') {
        return ready('writes that it asks again', write({ ...state, age: 'fresh' }, row, row));
      }
      const token = flaw === 'a token is made at each try' ? state.tokens : row.token;
      const tried = token === state.tokens ? { ...state, tokens: token + 1 } : state;
      return [{ what: `function ${at} asks ECS to run`, next: send(tried, at, worker, { ...row, token }) }];
    }
    const found = state.tasks.findIndex((task) => task.token === row.token && task.state !== 'gone');
    if (found >= 0) return to('finds its task', write(state, row, { ...row, arn: found }), IDLE);
    const isCertain = age !== 'fresh' || flaw === 'what is asked for no more is forgotten at once';
    if (!isCertain) return to('waits until it is certain', state, IDLE);
    if (flaw === 'what is lost is told before it is written')
      return to('finds nothing', tell(state, row.attempt, 'lost'), { ...worker, at: 'told' });
    return to('finds nothing', write(state, row, { ...row, isLost: true }), IDLE);
  };

  return {
    initial: {
      asked: { attempt: 0, isBound: false, isEnded: false },
      age: 'fresh',
      tasks: [],
      refused: [],
      requests: [],
      workers: Array.from({ length: cast.functions }, () => IDLE),
      ends: [],
      tokens: 0,
      refusals: 0,
      copies: 0,
    },
    // Versions are only compared for equality.
    key: numbering((_, member) => member === 'version'),
    steps(state) {
      const steps = [...ofUsers(state), ...ofEcs(state), ...ofTime(state)];
      state.workers.forEach((worker, at) => {
        if (worker.at !== 'idle' && cast.crashes)
          steps.push({ what: `function ${at} crashes`, next: leave(state, at), crash: true });
        if (worker.at === 'answered')
          steps.push({ what: `the answer to function ${at} is lost`, next: withWorker(state, at, IDLE) });
        steps.push(...ofWorker(state, at));
      });
      return steps;
    },
    faults({ tasks, row, ends, asked }) {
      const faults: string[] = [];
      const attempts = tasks.map(({ attempt }) => attempt);
      if (new Set(attempts).size < attempts.length) faults.push('an attempt is two tasks');
      if (tasks.filter(isAlive).length > 1) faults.push('two tasks of an executor run');
      if (tasks.some((task) => isAlive(task) && ends.some(([attempt]) => attempt === task.attempt)))
        faults.push('what runs is told to have ended');
      const isUnknown = (task: Task) => isAlive(task) && (!row || row.isOver || row.token !== task.token);
      if (tasks.some(isUnknown)) faults.push('nobody knows of what runs');
      if (asked.attempt === 0 && tasks.length > 0) faults.push('what nobody asked for runs');
      return faults;
    },
    outcome({ asked, row, tasks, requests, workers, ends }) {
      const isQuiet =
        asked.attempt > 0 &&
        !isToRun(asked) &&
        (row === undefined || row.isOver) &&
        requests.length === 0 &&
        workers.every(({ at }) => at === 'idle') &&
        !tasks.some(isAlive);
      if (!isQuiet) return undefined;
      const told = ends
        .toSorted(([one], [other]) => one - other)
        .map(([attempt, end]) => `${attempt} ${end}`);
      return `${asked.isBound ? 'bound' : 'unbound'}: ${told.join(', ') || 'nothing ran'}`;
    },
  };
};
