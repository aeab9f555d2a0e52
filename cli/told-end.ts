import { endInWords, type ToldEnd } from '../lib/composition/end-in-words.ts';
import { printable } from './details.ts';

/** The exit code of an attempt, or the signal that ended it. */
export const codeOfEnd = ({ exitCode, exitSignal }: ToldEnd): string | undefined =>
  exitSignal ?? (exitCode === undefined ? undefined : String(exitCode));

/** What a table calls an event: nothing exited that never started. */
export const calledEvent = (type: string, { reason }: ToldEnd): string =>
  reason === 'launch-error' ? type.replace(/Exited$/, 'Failed to start') : type;

/** Why it ended, for a table that has a column for the code; undefined if it has not ended. */
export const reasonOfEnd = ({ exitCode: _, exitSignal: __, ...end }: ToldEnd): string | undefined => {
  const said = printable(endInWords(end));
  return said === '' ? undefined : said;
};

/** A future time for people: `in 30 s`. */
export const untilInWords = (at: string, now: number): string => {
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  if (seconds <= 0) return 'now';
  if (seconds < 120) return `in ${seconds} s`;
  return seconds < 7_200 ? `in ${Math.ceil(seconds / 60)} min` : `at ${at}`;
};
