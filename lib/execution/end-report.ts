import { defined } from '../defined.ts';
import type { Exit } from './attempt.ts';
import type { ReportBody } from './control-plane.ts';

/** Characters that a report takes of what an engine says. */
const MAX_WORDS = 4096;

/** What a report takes of it, without the space that engines leave around it, and without half a character at its end. */
export const wordsOf = (error: string): string =>
  error
    .trim()
    .slice(0, MAX_WORDS)
    .replaceAll(/\p{Cs}/gu, '') || 'nothing is said of why';

/** What is reported of an end. */
export const ended = (end: Exit & { readonly at: string }, isUnhealthy: boolean): ReportBody => {
  if ('lost' in end) return { state: 'failed', lost: wordsOf(end.lost), at: end.at };
  return { state: 'exited', ...end, ...defined({ unhealthy: isUnhealthy ? true : undefined }) };
};
