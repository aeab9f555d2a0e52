import { defined } from '../defined.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { Run } from './composition.ts';
import { statusOf } from './exit-status.ts';
import { filledDeadlines, filledRestart } from './plan/filled.ts';
import { reasonOf } from './reason.ts';

/** The deadline that a task did not start within. */
type Deadline = 'start-deadline' | NonNullable<Run['halted']>;

/** The attempt that follows an end. */
type Following = Pick<Run, 'restartsLeft'> & Required<Pick<Run, 'nextAttemptAt'>>;

/** The run without a next attempt: the task is to stop, and is not restarted. */
export const withoutNext = ({ restartsLeft: _, nextAttemptAt: __, ...run }: Run): Run => run;

/** The action that is due for a task. */
export type Action =
  /** Restart the task, as the next attempt. */
  | { readonly do: 'restart' }
  /** Mark the task as failed, since it did not start in time. */
  | { readonly do: 'fail'; readonly reason: Deadline; readonly launchError: string }
  /** Stop the task, or do not restart it. */
  | { readonly do: 'halt'; readonly reason: NonNullable<Run['halted']> };

/**
 * The action that is due now; or the time, in milliseconds since 1970, at which one may become due. Neither if
 * none ever will without a change.
 */
export interface Decision {
  readonly action?: Action;
  readonly wakeAt?: number;
}

/** The number of restarts that the policy counts; it begins at 0 again after a run of sufficient length. */
export const restartsOf = (spec: TaskSpec, { restarts = 0, ranSeconds = 0 }: Run): number =>
  ranSeconds >= filledRestart(spec).resetSeconds ? 0 : restarts;

/** Whether the policy restarts a task after such an end, regardless of the number of restarts. */
const isRestarted = (spec: TaskSpec, run: Run): boolean => {
  const { mode, ignoredExitCodes, retryableExitCodes } = filledRestart(spec);
  const status = statusOf(run);
  if (mode === 'never' || run.halted !== undefined) return false;
  // An end without a status is a failure (launches that failed, and lost tasks), and so is bad health, whatever
  // its status.
  if (status === undefined || reasonOf(run) === 'unhealthy') return true;
  if (ignoredExitCodes.includes(status)) return false;
  if (retryableExitCodes !== undefined) return retryableExitCodes.includes(status);
  return mode === 'always' || status !== 0;
};

const delayOf = (spec: TaskSpec, restarts: number): number => {
  const { delaySeconds, backoff, maxDelaySeconds } = filledRestart(spec);
  // After a thousand restarts the power is Infinity, and 0 times Infinity is no number.
  return delaySeconds === 0 ? 0 : Math.min(delaySeconds * backoff ** restarts, maxDelaySeconds) * 1000;
};

interface LastMoment {
  readonly reason: NonNullable<Run['halted']>;
  readonly at: number;
}

/** The first of the deadlines that end a task for good. */
const lastMoment = (spec: TaskSpec, { runningSince }: Run): LastMoment | undefined => {
  const { runSeconds, notAfter } = filledDeadlines(spec);
  const deadlines: LastMoment[] = [
    ...(notAfter === undefined ? [] : [{ reason: 'not-after' as const, at: Date.parse(notAfter) }]),
    ...(runSeconds === undefined || runningSince === undefined
      ? []
      : [{ reason: 'run-deadline' as const, at: Date.parse(runningSince) + runSeconds * 1000 }]),
  ];
  return deadlines.toSorted((a, b) => a.at - b.at)[0];
};

const ofAsked = (spec: TaskSpec, run: Run, last: LastMoment | undefined, now: number): Decision => {
  const { startSeconds } = filledDeadlines(spec);
  const started =
    startSeconds === undefined ? undefined : Date.parse(run.boundAt ?? '') + startSeconds * 1000;
  const until = Math.min(started ?? Number.POSITIVE_INFINITY, last?.at ?? Number.POSITIVE_INFINITY);
  if (until === Number.POSITIVE_INFINITY) return {};
  if (now < until) return { wakeAt: until };
  return last === undefined || until === started
    ? {
        action: {
          do: 'fail',
          reason: 'start-deadline',
          launchError: `it was not started within ${startSeconds} s`,
        },
      }
    : {
        action: {
          do: 'fail',
          reason: last.reason,
          launchError: `it was not started before its ${last.reason}`,
        },
      };
};

/** The next attempt of a task that ended while it is bound, and its remaining restarts; undefined if none follows. */
export const nextAttempt = (spec: TaskSpec, run: Run): Following | undefined => {
  const { attempts } = filledRestart(spec);
  const restarts = restartsOf(spec, run);
  const restartsLeft = attempts === undefined ? undefined : attempts - restarts;
  if (!isRestarted(spec, run) || (restartsLeft ?? 1) <= 0) return undefined;
  const dueAt = Date.parse(run.heardAt ?? '') + delayOf(spec, restarts);
  const last = lastMoment(spec, run);
  if (last !== undefined && dueAt >= last.at) return undefined;
  return defined({ restartsLeft, nextAttemptAt: new Date(dueAt).toISOString() });
};

const ofEnded = (spec: TaskSpec, run: Run, last: LastMoment | undefined, now: number): Decision => {
  const following = nextAttempt(spec, run);
  if (!following) return {};
  // If supervision comes too late, it withdraws the next attempt that was announced.
  if (last !== undefined && now >= last.at) return { action: { do: 'halt', reason: last.reason } };
  const dueAt = Date.parse(following.nextAttemptAt);
  return now < dueAt ? { wakeAt: dueAt } : { action: { do: 'restart' } };
};

/**
 * The action that is due for a bound task, from its specification, its latest run, and the time (milliseconds
 * since 1970). All times are those of the service's clock, so no other clock affects a deadline.
 */
export const supervise = (spec: TaskSpec, run: Run, now: number): Decision => {
  const last = lastMoment(spec, run);
  switch (run.state) {
    case 'created':
      return {};
    case 'bound':
      return ofAsked(spec, run, last, now);
    case 'running':
      if (last === undefined || run.halted !== undefined) return {};
      return now < last.at ? { wakeAt: last.at } : { action: { do: 'halt', reason: last.reason } };
    default:
      return ofEnded(spec, run, last, now);
  }
};
