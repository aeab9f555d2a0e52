/**
 * The lease by which one runner at a time runs the tasks of a location: runners on one engine and on two, an administrator, late and lost
 * requests and answers, a crash after any step, clocks of different speeds (ADR 43). Each step is one request, one answer, one act on an engine,
 * or the passage of time.
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** A flaw in the protocol. The tests show that each one makes a task run twice, so every clause is necessary. */
export type LeaseFlaw =
  | 'the term counts from the answer'
  | 'who takes over waits for the term alone'
  | 'a renewal does not require the epoch'
  | 'a claim does not require the epoch that was read'
  | 'a claim is sent though the lease was read to be held'
  | 'another engine adopts'
  | 'who leaves does so before its tasks have ended'
  | 'who leaves does not wait for the runner before it on its engine'
  | 'the clock of a runner can be set back'
  | 'a fence does not wait';

/** Units of a runner's own clock after which its tasks have ended, unless the service answered a renewal. */
const TERM = 2;
/** In two units of the service's clock, a runner's clock advances by one to three units. */
const UNIT = 2;
const SPEEDS = [1, 3];
/** Units of the service's clock after which a silent but living runner has ended its tasks, with the slowest clock and a started unit. */
const SILENCE = UNIT * (TERM + 1);

type Engine = 0 | 1;

/** The answer of the service instead of an epoch. */
const REFUSED = 0;
const ADOPTED = -1;
/** An epoch that no lease has. */
const NEVER = -1;

interface Lease {
  readonly epoch: number;
  /** The engine that holds it; absent if it is free. */
  readonly engine?: Engine;
  /** The runner that has it; absent after a reported interruption. */
  readonly runner?: number;
  /** Units since the last message of the runner, by the service's clock. */
  readonly silence: number;
  /** Units since the last message of a former runner of this engine that may still live. */
  readonly shared?: number;
}

/** A message to the service or from it. */
interface Message {
  readonly what: 'renewal' | 'claim';
  /** The epoch of the renewal, or as the claim read it. */
  readonly epoch: number;
  /** Units of the runner's clock since it was sent. */
  readonly age: number;
  /** The service's answer: the epoch of the runner, or a refusal. */
  readonly answer?: number;
}

interface Runner {
  readonly engine: Engine;
  readonly at: 'idle' | 'waiting' | 'holding' | 'stopping' | 'left' | 'interrupted' | 'crashed' | 'suspended';
  readonly epoch: number;
  /** Units of its own clock since it sent the last request that was answered. */
  readonly age: number;
  readonly message?: Message;
  readonly claims: number;
}

interface State {
  readonly lease: Lease;
  readonly runners: readonly Runner[];
  /** Whether the one task runs, on each engine. It runs on after a crash of its runner. */
  readonly runs: readonly [boolean, boolean];
  /** A copy of a request that may arrive after its sender has given it up. */
  readonly late?: Message & { readonly by: number };
  readonly fences: number;
  /** Whether the risk was accepted explicitly: another engine took over from a runner that could not stop its task. */
  readonly risked: boolean;
}

export interface LeaseCast {
  /** The engine of each runner, in the order of their starts. */
  readonly engines: readonly Engine[];
  /** The runners that may take over from a silent one. */
  readonly takesOver?: readonly boolean[];
  readonly crashes?: boolean;
  readonly suspends?: boolean;
  /** How often an administrator may fence. */
  readonly fences?: number;
  readonly leaves?: boolean;
  /** How often each runner may claim the lease. */
  readonly claims?: number;
  /** The start: the first runner holds the lease, and its task runs. */
  readonly begun?: boolean;
  readonly lateCopies?: boolean;
}

/** Whether it can end its task: an interrupted or crashed runner cannot, and leaves it running. */
const isAlive = (runner: Runner): boolean => !isOver(runner);
const isOver = ({ at }: Runner): boolean => ['left', 'interrupted', 'crashed', 'suspended'].includes(at);

/** Whether a runner may get the lease: it is free, or belongs to the runner's engine, or is taken over. */
const isToBeHad = (
  { engine: holder, silence }: Lease,
  engine: Engine,
  mayTakeOver: boolean,
  flaw: LeaseFlaw | undefined,
): boolean => {
  const isFree = holder === undefined || holder === engine || flaw === 'another engine adopts';
  const wait = flaw === 'who takes over waits for the term alone' ? TERM : SILENCE;
  return isFree || (mayTakeOver && silence >= wait);
};

/** The service's handling of a message, in one conditional write. */
const serve = (
  lease: Lease,
  { what, epoch }: Message,
  { at, engine }: { readonly at: number; readonly engine: Engine },
  mayTakeOver: boolean,
  flaw: LeaseFlaw | undefined,
): { lease: Lease; answer: number } => {
  if (what === 'renewal') {
    const isIts = lease.engine === engine && lease.epoch === epoch;
    if (!isIts && flaw !== 'a renewal does not require the epoch')
      return { lease, answer: lease.engine === engine ? ADOPTED : REFUSED };
    return { lease: { ...lease, engine, silence: 0 }, answer: epoch };
  }
  const isAsRead = lease.epoch === epoch || flaw === 'a claim does not require the epoch that was read';
  if (!isAsRead || !isToBeHad(lease, engine, mayTakeOver, flaw)) return { lease, answer: REFUSED };
  const isShared = lease.engine === engine && lease.runner !== undefined && lease.runner !== at;
  const shared = isShared
    ? { shared: Math.min(lease.shared ?? SILENCE, lease.silence) }
    : lease.engine === engine && lease.shared !== undefined
      ? { shared: lease.shared }
      : {};
  return {
    lease: { epoch: lease.epoch + 1, engine, runner: at, silence: 0, ...shared },
    answer: lease.epoch + 1,
  };
};

/** The lease after a change of its holder. That is a risk if the former engine still runs the task without a living runner. */
const withLease = (state: State, lease: Lease): Pick<State, 'lease' | 'risked'> => {
  const { engine } = state.lease;
  const isTaken = engine !== undefined && lease.engine !== engine && state.runs[engine];
  const isLeft = !state.runners.some((each) => each.engine === engine && isAlive(each));
  return { lease, risked: state.risked || (isTaken && isLeft) };
};

/** A takeover requires that no message came since the lease was read: a claim under way fails if its holder renews. */
const outdated = ({ lease, runners, late }: Pick<State, 'lease' | 'runners' | 'late'>): Partial<State> => {
  const fails = <M extends Message>(message: M, by: number): M =>
    message.what === 'claim' && message.answer === undefined && runners[by]?.engine !== lease.engine
      ? { ...message, epoch: NEVER }
      : message;
  return {
    runners: runners.map((runner, at) =>
      runner.message ? { ...runner, message: fails(runner.message, at) } : runner,
    ),
    ...(late ? { late: fails(late, late.by) } : {}),
  };
};

export const runnerLease = (cast: LeaseCast, flaw?: LeaseFlaw): Model<State> => {
  const {
    engines,
    takesOver = [],
    crashes,
    suspends,
    fences = 0,
    leaves,
    claims = 1,
    begun,
    lateCopies,
  } = cast;

  /** The next steps of a runner. */
  const act = (state: State, at: number): Step<State>[] => {
    const runner = state.runners[at] as Runner;
    const { engine, message } = runner;
    const name = `runner ${at}`;
    const go = (what: string, to: Partial<Runner>, rest: Partial<State> = {}): Step<State> => {
      const { message: _, ...without } = runner;
      const runners = (rest.runners ?? state.runners).map((each, other) =>
        other === at ? { ...without, ...to } : each,
      );
      return { what: `${name} ${what}`, next: { ...state, ...rest, runners } };
    };
    const runs = (isRunning: boolean): Partial<State> => ({
      runs: state.runs.map((each, other) =>
        other === engine ? isRunning : each,
      ) as unknown as State['runs'],
    });
    const steps: Step<State>[] = [];
    if (isOver(runner)) return steps;
    if (crashes) steps.push({ ...go('crashes', { at: 'crashed' }), crash: true });
    if (suspends && at === 0) {
      steps.push({ ...go('is suspended', { at: 'suspended' }), crash: true });
    }

    if (message) {
      if (message.answer === undefined) {
        const { lease, answer } = serve(state.lease, message, { at, engine }, takesOver[at] === true, flaw);
        const heard = { message: { ...message, answer } };
        const served = {
          ...withLease(state, lease),
          ...(message.what === 'renewal' && answer > REFUSED ? outdated(state) : {}),
        };
        steps.push(go(`is heard: ${message.what}`, heard, served));
        if (lateCopies && !state.late)
          steps.push(go('is heard, and sends it again', heard, { ...served, late: { ...message, by: at } }));
        steps.push(go('is not heard', {}));
        return steps;
      }
      steps.push(go('loses the answer', {}));
      if (message.what === 'claim' && message.answer === REFUSED) {
        steps.push(go('is refused', { at: runner.claims >= claims ? 'left' : 'idle' }));
        return steps;
      }
      if (message.answer === ADOPTED) {
        steps.push(go('hears that another runner of its engine has come', { at: 'left' }));
        return steps;
      }
      if (message.answer === REFUSED) {
        steps.push(go('is refused', { at: 'stopping' }));
        return steps;
      }
      const age = flaw === 'the term counts from the answer' ? 0 : message.age;
      steps.push(go('has the answer', { at: 'holding', epoch: message.answer, age }));
      return steps;
    }

    switch (runner.at) {
      case 'idle': {
        const { epoch } = state.lease;
        // A refused request must not be granted later to a copy for which nobody waits.
        const isWorthIt =
          isToBeHad(state.lease, engine, takesOver[at] === true, flaw) ||
          flaw === 'a claim is sent though the lease was read to be held';
        const claim = { what: 'claim', epoch, age: 0 } as const;
        if (isWorthIt)
          steps.push(
            go('claims the lease as it read it', {
              at: 'waiting',
              claims: runner.claims + 1,
              message: claim,
            }),
          );
        else steps.push(go('finds it held', { at: 'left' }));
        if (runner.claims > 0) steps.push(go('gives up', { at: 'interrupted' }));
        break;
      }
      case 'waiting':
        // The answer was lost: it starts again, and finds the tasks of its engine.
        steps.push(go('begins anew', { at: runner.claims >= claims ? 'interrupted' : 'idle' }));
        break;
      case 'holding': {
        const isValid = runner.age < TERM;
        if (!isValid) {
          steps.push(go('has had no answer in time', { at: 'stopping' }));
          break;
        }
        // An engine has at most one container of a name.
        if (!state.runs[engine]) steps.push(go('starts the task', {}, runs(true)));
        steps.push(go('renews', { message: { what: 'renewal', epoch: runner.epoch, age: 0 } }));
        steps.push(go('is interrupted', { at: 'interrupted' }));
        if (state.lease.epoch === runner.epoch && state.lease.runner !== undefined) {
          const { runner: _, ...kept } = state.lease;
          steps.push(go('is interrupted, and says so', { at: 'interrupted' }, { lease: kept }));
        }
        if (leaves) steps.push(go('is to leave', { at: 'stopping', claims: -1 }));
        if (flaw === 'the clock of a runner can be set back' && runner.age > 0)
          steps.push(go('has its clock set back', { age: 0 }));
        break;
      }
      case 'stopping': {
        const free = (): Partial<State> =>
          state.lease.engine === engine && state.lease.epoch === runner.epoch
            ? { lease: { epoch: state.lease.epoch + 1, silence: 0 } }
            : {};
        const isEarly = flaw === 'who leaves does so before its tasks have ended' && runner.claims === -1;
        // The service refuses until the former runner, if it lives, has ended its tasks.
        const isAlone =
          state.lease.epoch !== runner.epoch ||
          (state.lease.shared ?? SILENCE) >= SILENCE ||
          flaw === 'who leaves does not wait for the runner before it on its engine';
        if (state.runs[engine] && !isEarly) steps.push(go('ends its task', {}, runs(false)));
        else if (runner.claims === -1 && isAlone)
          steps.push(go('gives the lease back', { at: isEarly ? 'holding' : 'left', claims }, free()));
        else if (runner.claims === -1) break;
        else steps.push(go('begins anew', { at: runner.claims >= claims ? 'interrupted' : 'idle' }));
        break;
      }
    }
    return steps;
  };

  /** Time passes, unless a living process has to act first: its clock makes it act in time. */
  const tick = (state: State): Step<State>[] => {
    const isUrgent = state.runners.some(
      (each) =>
        isAlive(each) &&
        state.runs[each.engine] &&
        (each.at === 'stopping' || (each.at === 'holding' && each.age >= TERM)),
    );
    if (isUrgent) return [];
    const { shared } = state.lease;
    const lease = {
      ...state.lease,
      silence: Math.min(SILENCE, state.lease.silence + UNIT),
      ...(shared === undefined ? {} : { shared: Math.min(SILENCE, shared + UNIT) }),
    };
    return SPEEDS.map((speed) => ({
      what: `time passes, at speed ${speed}`,
      next: {
        ...state,
        lease,
        runners: state.runners.map((runner) => {
          if (isOver(runner)) return runner;
          const aged = { ...runner, age: Math.min(TERM, runner.age + speed) };
          const { message } = runner;
          return message
            ? { ...aged, message: { ...message, age: Math.min(TERM, message.age + speed) } }
            : aged;
        }),
      },
    }));
  };

  const others = (state: State): Step<State>[] => {
    const steps: Step<State>[] = [];
    const { late, lease } = state;
    if (late) {
      const { engine } = state.runners[late.by] as Runner;
      const served = serve(lease, late, { at: late.by, engine }, takesOver[late.by] === true, flaw);
      const { late: _, ...rest } = state;
      const isHeard = late.what === 'renewal' && served.answer > REFUSED;
      const next = { ...rest, ...withLease(state, served.lease), ...(isHeard ? outdated(rest) : {}) };
      steps.push({ what: 'a copy arrives', next });
    }
    const isSilent = lease.silence >= SILENCE || flaw === 'a fence does not wait';
    if (state.fences < fences && lease.engine !== undefined && isSilent) {
      const fenced = withLease(state, { epoch: lease.epoch + 1, silence: 0 });
      steps.push({
        what: 'an administrator fences',
        next: { ...state, ...fenced, fences: state.fences + 1 },
      });
    }
    return steps;
  };

  return {
    initial: {
      lease: begun
        ? { epoch: 1, engine: engines[0] as Engine, runner: 0, silence: 0 }
        : { epoch: 0, silence: 0 },
      runners: engines.map((engine, at) => ({
        engine,
        at: begun && at === 0 ? 'holding' : 'idle',
        epoch: begun && at === 0 ? 1 : 0,
        age: 0,
        claims: 0,
      })),
      runs: [begun === true && engines[0] === 0, begun === true && engines[0] === 1],
      fences: 0,
      risked: false,
    },
    key: numbering(),
    steps: (state) => [...state.runners.flatMap((_, at) => act(state, at)), ...others(state), ...tick(state)],
    faults: ({ runs, risked, lease, runners }) => {
      const held = runners.filter(({ engine }) => engine === lease.engine);
      return [
        ...(runs[0] && runs[1] && !risked ? ['a task runs on two engines'] : []),
        ...(held.length > 0 && held.every(({ at }) => at === 'left')
          ? ['nobody has the lease that is held']
          : []),
        ...(lease.engine === undefined && runners.some(({ at, age }) => at === 'holding' && age < TERM)
          ? ['the lease is free, and a runner may start the task']
          : []),
      ];
    },
    outcome: ({ runners, late, risked }) =>
      runners.every(isOver) && !late
        ? `${runners.map(({ at }) => at).join(', ')}${risked ? '; at a risk' : ''}`
        : undefined,
  };
};
