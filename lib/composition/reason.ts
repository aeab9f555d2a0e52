import type { Shown } from '../shown.ts';
import type { Run } from './composition.ts';
import type { reason } from './run-schema.ts';

/** Why a run ended. */
export type Reason = Shown<typeof reason>;

/** What is known of an end. */
type End = Pick<
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
