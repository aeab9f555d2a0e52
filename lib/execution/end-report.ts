import { defined } from '../defined.ts';
import type { Exit } from './attempt.ts';
import type { ReportBody } from './control-plane.ts';

/** Characters of an engine's message that a report accepts. */
const MAX_WORDS = 4096;

/** The part of a message that a report accepts, without surrounding space and without half a character at its end. */
export const wordsOf = (error: string): string =>
  error
    .trim()
    .slice(0, MAX_WORDS)
    .replaceAll(/\p{Cs}/gu, '') || 'nothing is said of why';

/** The report of an end. */
export const ended = (end: Exit & { readonly at: string }, isUnhealthy: boolean): ReportBody => {
  if ('lost' in end) return { state: 'failed', lost: wordsOf(end.lost), at: end.at };
  return { state: 'exited', ...end, ...defined({ unhealthy: isUnhealthy ? true : undefined }) };
};
