import { endInBrief } from '../../lib/composition/end-in-words.ts';
import type { ListedRun } from '../../lib/composition/listed-run.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** A time span for people, roughly: `3 minutes`. */
const spanOf = (seconds: number): string => {
  for (const [name, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
};

const ago = (time: string, now: number): string => spanOf((now - Date.parse(time)) / 1_000);

type Told = Pick<
  ListedRun,
  | 'state'
  | 'bound'
  | 'reason'
  | 'exitCode'
  | 'exitSignal'
  | 'launchError'
  | 'lost'
  | 'waitsFor'
  | 'startedAt'
  | 'endedAt'
  | 'boundAt'
  | 'nextAttemptAt'
  | 'restartsLeft'
  | 'restarts'
  | 'halted'
  | 'writes'
>;

/** The longest time in which a runner starts a task, unless there is no runner. */
const STARTING_SECONDS = 5;

const FAILED: readonly unknown[] = ['failed', 'out-of-memory', 'unhealthy', 'lost', 'launch-error'];

/** Whether another attempt follows an end of this kind, if restarts are left. */
export const hasFailed = ({ reason }: Pick<Told, 'reason'>): boolean => FAILED.includes(reason);

/** The status of a run in a row of a table, by the clock of this machine. */
export const statusInWords = (run: Told, now: number): string => {
  const { state, bound, startedAt, endedAt, boundAt, nextAttemptAt, restartsLeft, ...end } = run;
  const { restarts = 0, halted, writes, waitsFor = 'a runner' } = run;
  if (state === 'running') {
    const since = startedAt === undefined ? '' : ` for ${ago(startedAt, now)}`;
    return bound ? `runs${since}` : `stops, ran${since}`;
  }
  if (state === 'bound') {
    const isFresh = boundAt !== undefined && now - Date.parse(boundAt) < STARTING_SECONDS * 1_000;
    if (isFresh && run.waitsFor === undefined) return 'starting';
    return `waits for ${waitsFor}${boundAt === undefined ? '' : ` for ${ago(boundAt, now)}`}`;
  }
  if (state === 'created') return 'stopped before it started';
  const words = [endInBrief(end), endedAt === undefined ? '' : `${ago(endedAt, now)} ago`]
    .filter(Boolean)
    .join(', ');
  if (nextAttemptAt === undefined) {
    const isUsedUp = bound && restarts > 0 && halted === undefined && hasFailed(end);
    return [words, isUsedUp ? 'no restarts left' : '', bound && writes ? 'its writes are not saved' : '']
      .filter(Boolean)
      .join('; ');
  }
  const left =
    restartsLeft === undefined ? '' : `, ${restartsLeft} ${restartsLeft === 1 ? 'restart' : 'restarts'} left`;
  return `${words}; restarts in ${spanOf((Date.parse(nextAttemptAt) - now) / 1_000)}${left}`;
};
