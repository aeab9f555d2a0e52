import { launchCauseOf } from '../../lib/composition/launch-cause.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { bytes, counted, localTime, span } from '../parts/amounts.ts';

/** The longest time in which a runner starts a task, unless there is no runner. */
const STARTING_MS = 5_000;

/** The standing of a run for people: the states of the service, and `requested`. */
export type Standing =
  | 'starting'
  | 'waiting'
  | 'running'
  | 'stopping'
  | 'restarting'
  | 'completed'
  | 'stopped'
  | 'failed';

/** The facts that determine the standing of a run. */
export type Told = Omit<ListedRun, 'executorId' | 'id' | 'boundBy' | 'ephemeral'>;

export const standingOf = (
  { state, bound, boundAt, reason, nextAttemptAt, waitsFor }: Told,
  now = Date.now(),
): Standing => {
  if (state === 'running') return bound ? 'running' : 'stopping';
  if (state === 'bound') {
    if (!bound) return 'stopped';
    const isFresh = now - Date.parse(boundAt ?? '') < STARTING_MS;
    return isFresh && waitsFor === undefined ? 'starting' : 'waiting';
  }
  if (state === 'created') return 'stopped';
  if (bound && nextAttemptAt !== undefined) return 'restarting';
  if (reason === 'completed' || reason === 'stopped') return reason;
  return 'failed';
};

/** Whether a run has ended but its writes to volumes are not saved yet. */
export const isUnsaved = (run: Told): boolean => run.writes === true && run.bound && !isLive(standingOf(run));

export const isLive = (standing: Standing): boolean =>
  standing !== 'completed' && standing !== 'stopped' && standing !== 'failed';

const REASONS: Readonly<Record<string, string>> = {
  completed: 'Completed',
  failed: 'Failed',
  'out-of-memory': 'Out of memory: it used more than its limit',
  'run-deadline': 'Stopped by its time limit',
  'not-after': 'Stopped: its time `notAfter` has passed',
  'start-deadline': 'It was not started in time',
  unhealthy: 'Its health check failed',
  stopped: 'Stopped',
  lost: 'Lost: nobody knows how it ended',
  'launch-error': 'Not started',
};

/** Exit codes by which shells and engines report that they could not run the command. */
const EXIT_CODES: Readonly<Record<number, string>> = {
  126: 'a command was found, but cannot be executed',
  127: 'a command was not found in the image',
};

/** The limit that ended the run. */
const limitOf = (reason: string, { resources, deadlines }: Limits): string => {
  const memory = resources?.memory?.limit;
  if (reason === 'out-of-memory' && memory !== undefined) return ` of ${bytes(memory)}`;
  const seconds = deadlines?.runSeconds;
  return reason === 'run-deadline' && seconds !== undefined ? ` of ${span(seconds * 1_000)}` : '';
};

const howOf = (reason: string, { exitCode, exitSignal, launchError, lost }: End, limits: Limits): string => {
  const words = `${REASONS[reason] ?? reason}${limitOf(reason, limits)}`;
  if (launchError !== undefined) return `${words}: ${launchCauseOf(launchError).words}`;
  if (lost !== undefined) return `${words.replace(/: .*/, '')}: ${lost.trim()}`;
  if (reason === 'completed') return words;
  if (reason === 'run-deadline' && exitSignal !== undefined) return `${words} (signal ${exitSignal})`;
  if (exitSignal !== undefined) return `${words}, ended by signal ${exitSignal}`;
  if (exitCode === undefined) return words;
  const meaning = EXIT_CODES[exitCode];
  return `${words}, exit code ${exitCode}${meaning === undefined ? '' : `: ${meaning}`}`;
};

/** The limits in a specification. */
type Limits = Pick<TaskSpec, 'resources' | 'deadlines'>;

type End = Partial<
  Pick<Told, 'reason' | 'exitCode' | 'exitSignal' | 'launchError' | 'lost' | 'nextAttemptAt' | 'restartsLeft'>
>;

/** Why an attempt ended and when the next starts, for people; undefined if it has not ended. */
export const whyOf = (end: End, limits: Limits = {}): string | undefined => {
  const { reason, nextAttemptAt, restartsLeft } = end;
  if (reason === undefined) return undefined;
  const how = howOf(reason, end, limits);
  if (nextAttemptAt === undefined) return how;
  const left = restartsLeft === undefined ? '' : `, ${counted(restartsLeft, 'restart')} left`;
  return `${how.replace(/\.$/, '')}; starts again at ${localTime(nextAttemptAt)}${left}`;
};

/** The start of the time shown: for a waiting run the time of its bind. */
export const sinceOf = ({ startedAt, endedAt, boundAt }: Told): string | undefined =>
  endedAt ?? startedAt ?? boundAt;
