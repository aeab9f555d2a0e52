import type { Shown } from '../shown.ts';
import type { Run } from './composition.ts';
import type { reason } from './run-schema.ts';

/** Why a run ended. */
export type Reason = Shown<typeof reason>;

/** The facts about an end that decide its reason. */
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
 * The reason of an end; undefined for a run that has not ended. The service's own action decides first: a
 * deadline, then a stop. Otherwise the report decides, then the exit status. It also works for runs and reports
 * from before reasons were kept, as far as these allow.
 */
export const reasonOf = (end: End, isStopped = false): Reason | undefined => {
  const { state, reason, halted, lost, outOfMemory, unhealthy, exitCode } = end;
  if (state !== 'exited' && state !== 'failed') return undefined;
  if (reason !== undefined) return reason;
  if (state === 'failed') return lost === undefined ? 'launch-error' : 'lost';
  if (halted !== undefined) return halted;
  if (isStopped) return 'stopped';
  if (unhealthy) return 'unhealthy';
  if (exitCode === 0) return 'completed';
  return outOfMemory ? 'out-of-memory' : 'failed';
};
