import { signalNumber } from '../element/signal-name.ts';
import type { Shown } from '../shown.ts';
import type { Run, TaskMember } from './composition.ts';
import type { reason } from './run-schema.ts';

/** Why a run ended. */
export type Reason = Shown<typeof reason>;

/** What is known of an end. */
export type End = Pick<
  Run,
  | 'state'
  | 'reason'
  | 'exitCode'
  | 'exitSignal'
  | 'launchError'
  | 'lost'
  | 'outOfMemory'
  | 'unhealthy'
  | 'halted'
>;

/** Exit status of what a signal ended is this and the signal's number (POSIX.1-2017, Shell Command Language, 2.8.2). */
const SIGNALLED = 128;

/** The exit status as shells have it; undefined where nobody knows one. */
export const statusOf = ({ exitCode, exitSignal }: End): number | undefined =>
  exitSignal === undefined ? exitCode : SIGNALLED + signalNumber(exitSignal);

/** Whether it was asked to stop: by an unbind, or by the very signal that ended it. */
export const wasStopped = (
  { bound, task: { interrupt } }: Pick<TaskMember, 'bound' | 'task'>,
  run: Run,
): boolean =>
  !bound ||
  (interrupt?.attempt === run.attempt && statusOf(run) === SIGNALLED + signalNumber(interrupt.signal));

/**
 * Why it ended, undefined where it has not. What the service asked for comes first: a deadline, then a stop. Only of what is left does
 * the report say more than its status. Of runs and reports that were kept before reasons were, this tells what can still be told.
 */
export const reasonOf = (end: End, isStopped = false): Reason | undefined => {
  const { state, reason, halted, lost, outOfMemory, unhealthy, exitCode } = end;
  if (state !== 'exited' && state !== 'failed') return undefined;
  if (reason !== undefined) return reason;
  if (state === 'failed') return lost === undefined ? 'launch-error' : 'lost';
  if (halted !== undefined) return halted;
  if (isStopped) return 'stopped';
  if (outOfMemory) return 'out-of-memory';
  if (unhealthy) return 'unhealthy';
  return exitCode === 0 ? 'completed' : 'failed';
};
