import { endInWords } from '../../lib/composition/end-in-words.ts';
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
  | 'startedAt'
  | 'endedAt'
  | 'boundAt'
  | 'nextAttemptAt'
  | 'restartsLeft'
>;

/** How a run is doing, for people: as of now, by the clock of this machine. */
export const statusInWords = (run: Told, now: number): string => {
  const { state, bound, startedAt, endedAt, boundAt, nextAttemptAt, restartsLeft, ...end } = run;
  if (state === 'running') {
    const since = startedAt === undefined ? '' : ` for ${ago(startedAt, now)}`;
    return bound ? `runs${since}` : `stops, ran${since}`;
  }
  if (state === 'bound')
    return `waits for a runner${boundAt === undefined ? '' : ` for ${ago(boundAt, now)}`}`;
  if (state === 'created') return 'stopped before it started';
  const words = [endInWords(end), endedAt === undefined ? '' : `${ago(endedAt, now)} ago`]
    .filter(Boolean)
    .join(', ');
  if (nextAttemptAt === undefined) return words;
  const left =
    restartsLeft === undefined ? '' : `, ${restartsLeft} ${restartsLeft === 1 ? 'restart' : 'restarts'} left`;
  return `${words}; restarts in ${spanOf((Date.parse(nextAttemptAt) - now) / 1_000)}${left}`;
};
