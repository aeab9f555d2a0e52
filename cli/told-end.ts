import { endInWords, type ToldEnd } from '../lib/composition/end-in-words.ts';
import { printable } from './details.ts';

/** The exit code of an attempt, or the signal that ended it. */
export const codeOfEnd = ({ exitCode, exitSignal }: ToldEnd): string | undefined =>
  exitSignal ?? (exitCode === undefined ? undefined : String(exitCode));

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

/** The fields by which an event, or an entry of the audit trail, says what happened. */
export interface ToldChange extends ToldEnd {
  readonly attempt?: number;
  readonly signal?: string;
  readonly outcome?: string;
  readonly changed?: readonly string[];
}

/** What a change says besides its action: why something ended, the outcome of a save, a signal, or the changed names. */
export const changeInWords = (told: ToldChange): string | undefined =>
  reasonOfEnd(told) ?? told.outcome ?? told.signal ?? (told.changed?.join(', ') || undefined);
