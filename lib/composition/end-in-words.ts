import { launchCauseOf } from './launch-cause.ts';
import type { Report } from './report-request.ts';

/** The fields by which a report, a composition, an event or the audit trail describes an end. */
export type ToldEnd = Partial<
  Pick<
    Report,
    | 'reason'
    | 'exitCode'
    | 'exitSignal'
    | 'launchError'
    | 'lost'
    | 'outOfMemory'
    | 'restartsLeft'
    | 'nextAttemptAt'
  >
>;

const howOf = ({ reason, exitCode, exitSignal, launchError, lost }: ToldEnd): string | undefined => {
  if (reason === 'completed') return undefined;
  if (exitSignal !== undefined) return `signal ${exitSignal}`;
  return exitCode === undefined ? (launchError ?? lost) : `code ${exitCode}`;
};

/** The cause in plain words, then the reason as filters take it. */
const neverStarted = (launchError: string, isBrief: boolean): string => {
  const { words, engine } = launchCauseOf(launchError);
  const said = isBrief || engine === undefined ? '' : `: ${engine}`;
  return `not started: ${words.replace(/\.$/, '')} (launch-error${said})`;
};

const whyOf = (reason: string, told: ToldEnd, isBrief: boolean): string => {
  if (reason === 'launch-error' && told.launchError !== undefined)
    return neverStarted(told.launchError, isBrief);
  const how = howOf(told);
  return how === undefined ? reason : `${reason} (${how})`;
};

/** That a process of the task was killed, if this is not why it ended: the task may go on. */
export const killInWords = ({ reason, outOfMemory }: ToldEnd): string | undefined =>
  outOfMemory && reason !== 'out-of-memory' ? 'a process of it was killed at the memory limit' : undefined;

const nextOf = ({ nextAttemptAt, restartsLeft }: ToldEnd): string[] => {
  const left = restartsLeft === undefined ? '' : ` (${restartsLeft} restarts left)`;
  return nextAttemptAt === undefined ? [] : [`starts again at ${nextAttemptAt}${left}`];
};

const inWords = (told: ToldEnd, isBrief: boolean): string => {
  const { reason } = told;
  return reason === undefined
    ? ''
    : [whyOf(reason, told, isBrief), killInWords(told), ...nextOf(told)].filter(Boolean).join('; ');
};

/** The reason of an end, its circumstances and the next attempt, in words for people; empty before the end. */
export const endInWords = (told: ToldEnd): string => inWords(told, false);

/** Like `endInWords`, without the engine's own words. */
export const endInBrief = (told: ToldEnd): string => inWords(told, true);

/** An event or its verb as people read it: a task that never started did not exit. */
export const calledEvent = (type: string, { reason }: ToldEnd): string =>
  reason === 'launch-error' ? type.replace(/Exited$/, 'Failed to start') : type;
