import { signalNumber } from '../element/signal-name.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { Run } from './composition.ts';
import { filledDeadlines, filledRestart } from './plan/filled.ts';

/** What is to be done about a task now. */
export type Action =
  /** It runs again, as the next attempt. */
  | { readonly do: 'restart' }
  /** It did not start in time: it has failed. */
  | { readonly do: 'fail'; readonly launchError: string }
  /** It is to be stopped. */
  | { readonly do: 'halt'; readonly reason: NonNullable<Run['halted']> };

/** What is to be done now; or when, in milliseconds since 1970, there may be something. Neither: nothing ever will of itself. */
export interface Decision {
  readonly action?: Action;
  readonly wakeAt?: number;
}

/** Exit status of what a signal ended is this and the signal's number (POSIX.1-2017, Shell Command Language, 2.8.2). */
const SIGNALLED = 128;

const statusOf = ({ exitCode, exitSignal }: Run): number | undefined =>
  exitSignal === undefined ? exitCode : SIGNALLED + signalNumber(exitSignal);

/** Whether its policy has a task started again that came to such an end. A launch that failed, and an end for bad health, are failures. */
const isRestarted = (spec: TaskSpec, run: Run): boolean => {
  const { mode, attempts, ignoredExitCodes, retryableExitCodes } = filledRestart(spec);
  if (mode === 'never' || (run.restarts ?? 0) >= (attempts ?? Number.POSITIVE_INFINITY)) return false;
  const status = statusOf(run);
  if (status === undefined || run.unhealthy) return true;
  if (ignoredExitCodes.includes(status)) return false;
  if (retryableExitCodes !== undefined) return retryableExitCodes.includes(status);
  return mode === 'always' || status !== 0;
};

const delayOf = (spec: TaskSpec, { restarts = 0 }: Run): number => {
  const { delaySeconds, backoff, maxDelaySeconds } = filledRestart(spec);
  return Math.min(delaySeconds * backoff ** restarts, maxDelaySeconds) * 1000;
};

interface Deadline {
  readonly reason: NonNullable<Run['halted']>;
  readonly at: number;
}

/** The first of the deadlines that end a task for good. */
const lastMoment = (spec: TaskSpec, { runningSince }: Run): Deadline | undefined => {
  const { runSeconds, notAfter } = filledDeadlines(spec);
  const deadlines: Deadline[] = [
    ...(notAfter === undefined ? [] : [{ reason: 'not-after' as const, at: Date.parse(notAfter) }]),
    ...(runSeconds === undefined || runningSince === undefined
      ? []
      : [{ reason: 'run-deadline' as const, at: Date.parse(runningSince) + runSeconds * 1000 }]),
  ];
  return deadlines.toSorted((a, b) => a.at - b.at)[0];
};

const ofAsked = (spec: TaskSpec, run: Run, last: Deadline | undefined, now: number): Decision => {
  const { startSeconds } = filledDeadlines(spec);
  const started =
    startSeconds === undefined ? undefined : Date.parse(run.boundAt ?? '') + startSeconds * 1000;
  const until = Math.min(started ?? Number.POSITIVE_INFINITY, last?.at ?? Number.POSITIVE_INFINITY);
  if (until === Number.POSITIVE_INFINITY) return {};
  if (now < until) return { wakeAt: until };
  const launchError =
    until === started
      ? `it was not started within ${startSeconds} s`
      : `it was not started before its ${last?.reason}`;
  return { action: { do: 'fail', launchError } };
};

const ofEnded = (spec: TaskSpec, run: Run, last: Deadline | undefined, now: number): Decision => {
  if (run.halted !== undefined || !isRestarted(spec, run)) return {};
  const dueAt = Date.parse(run.heardAt ?? '') + delayOf(spec, run);
  if (last !== undefined && Math.max(dueAt, now) >= last.at) return {};
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
