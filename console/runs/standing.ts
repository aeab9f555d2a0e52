import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { counted, localTime } from '../parts/amounts.ts';

/** How a run is doing, as people see it: states of the service, told apart by what is asked of it. */
export type Standing = 'waiting' | 'running' | 'stopping' | 'restarting' | 'completed' | 'stopped' | 'failed';

/** What is to be known of a run to tell how it is doing. */
export type Told = Omit<ListedRun, 'executorId' | 'id' | 'boundBy' | 'ephemeral'>;

export const standingOf = ({ state, bound, reason, nextAttemptAt }: Told): Standing => {
  if (state === 'running') return bound ? 'running' : 'stopping';
  if (state === 'bound') return bound ? 'waiting' : 'stopped';
  if (state === 'created') return 'stopped';
  if (bound && nextAttemptAt !== undefined) return 'restarting';
  if (reason === 'completed' || reason === 'stopped') return reason;
  return 'failed';
};

export const isLive = (standing: Standing): boolean =>
  standing === 'waiting' || standing === 'running' || standing === 'stopping' || standing === 'restarting';

const REASONS: Readonly<Record<string, string>> = {
  completed: 'Completed',
  failed: 'Failed',
  'out-of-memory': 'Out of memory: it used more than its limit',
  'run-deadline': 'It ran longer than its time limit',
  'not-after': 'The time after which it may not run is over',
  'start-deadline': 'It was not started in time',
  unhealthy: 'Its health check failed',
  stopped: 'Stopped',
  lost: 'Lost: nobody knows how it ended',
  'launch-error': 'It could not be started',
};

const howOf = (reason: string, { exitCode, exitSignal, launchError, lost }: End): string => {
  const words = REASONS[reason] ?? reason;
  const said = launchError ?? lost;
  if (said !== undefined) return `${words.replace(/: .*/, '')}: ${said}`;
  if (reason === 'completed') return words;
  if (exitSignal !== undefined) return `${words}, ended by signal ${exitSignal}`;
  return exitCode === undefined ? words : `${words}, exit code ${exitCode}`;
};

type End = Partial<
  Pick<Told, 'reason' | 'exitCode' | 'exitSignal' | 'launchError' | 'lost' | 'nextAttemptAt' | 'restartsLeft'>
>;

/** Why an attempt ended and when the next comes, for people; undefined where it has not ended. */
export const whyOf = (end: End): string | undefined => {
  const { reason, nextAttemptAt, restartsLeft } = end;
  if (reason === undefined) return undefined;
  const how = howOf(reason, end);
  if (nextAttemptAt === undefined) return how;
  const left = restartsLeft === undefined ? '' : `, ${counted(restartsLeft, 'restart')} left`;
  return `${how}; starts again at ${localTime(nextAttemptAt)}${left}`;
};

/** The first start of what is shown: of what waits the time of its bind. */
export const sinceOf = ({ startedAt, endedAt, boundAt }: Told): string | undefined =>
  endedAt ?? startedAt ?? boundAt;
