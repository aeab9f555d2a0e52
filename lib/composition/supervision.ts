import { defined } from '../defined.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { Run, TaskMember } from './composition.ts';
import { filledDeadlines, filledRestart } from './plan/filled.ts';
import { reasonOf, statusOf } from './reason.ts';

/** The deadline that a task did not start within. */
type Deadline = 'start-deadline' | NonNullable<Run['halted']>;

/** The attempt that follows an end. */
interface Following {
  readonly restartsLeft?: number;
  /** RFC 3339, UTC. */
  readonly nextAttemptAt: string;
}

/** What is to be done about a task now. */
export type Action =
  /** It runs again, as the next attempt. */
  | { readonly do: 'restart' }
  /** It did not start in time: it has failed. */
  | { readonly do: 'fail'; readonly reason: Deadline; readonly launchError: string }
  /** It is to be stopped, or not to be started again. */
  | { readonly do: 'halt'; readonly reason: NonNullable<Run['halted']> };

/** What is to be done now; or when, in milliseconds since 1970, there may be something. Neither: nothing ever will of itself. */
export interface Decision {
  readonly action?: Action;
  readonly wakeAt?: number;
}

/** How often it was started again, as its policy counts: anew after a run that was long enough. */
export const restartsOf = (spec: TaskSpec, { restarts = 0, ranSeconds = 0 }: Run): number =>
  ranSeconds >= filledRestart(spec).resetSeconds ? 0 : restarts;

/** Whether its policy has a task started again that came to such an end; how often it was does not count yet. */
const isRestarted = (spec: TaskSpec, run: Run): boolean => {
  const { mode, ignoredExitCodes, retryableExitCodes } = filledRestart(spec);
  const status = statusOf(run);
  if (mode === 'never' || run.halted !== undefined) return false;
  // What nobody has a status of is a failure, as bad health is whatever its status: launches that failed, and what was lost.
  if (status === undefined || reasonOf(run) === 'unhealthy') return true;
  if (ignoredExitCodes.includes(status)) return false;
  if (retryableExitCodes !== undefined) return retryableExitCodes.includes(status);
  return mode === 'always' || status !== 0;
};

const delayOf = (spec: TaskSpec, restarts: number): number => {
  const { delaySeconds, backoff, maxDelaySeconds } = filledRestart(spec);
  return Math.min(delaySeconds * backoff ** restarts, maxDelaySeconds) * 1000;
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

/** When a task that ended is started again, and how often it still is; undefined where it is not. */
export const nextAttempt = (
  { bound, task: { spec, ephemeral } }: Pick<TaskMember, 'bound' | 'task'>,
  run: Run,
): Following | undefined => {
  const hasEnded = run.state === 'exited' || run.state === 'failed';
  return bound && !ephemeral && hasEnded ? followingOf(spec, run) : undefined;
};

const followingOf = (spec: TaskSpec, run: Run): Following | undefined => {
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
  const following = followingOf(spec, run);
  if (!following) return {};
  // Supervision that comes too late takes back what was shown to come.
  if (last !== undefined && now >= last.at) return { action: { do: 'halt', reason: last.reason } };
  const dueAt = Date.parse(following.nextAttemptAt);
  return now < dueAt ? { wakeAt: dueAt } : { action: { do: 'restart' } };
};

/**
 * What is to be done about a bound task, from its specification, what has become of it, and the time (milliseconds since
 * 1970). All times that count are those of the service: no clock but its own moves a deadline.
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
