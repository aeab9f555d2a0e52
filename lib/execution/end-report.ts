import { defined } from '../defined.ts';
import { wordsOf } from '../engine-words.ts';
import type { Exit } from './attempt.ts';
import type { ReportBody } from './control-plane.ts';

/** The report of an end. */
export const ended = (end: Exit & { readonly at: string }, isUnhealthy: boolean): ReportBody => {
  if ('lost' in end) return { state: 'failed', lost: wordsOf(end.lost), at: end.at };
  return { state: 'exited', ...end, ...defined({ unhealthy: isUnhealthy ? true : undefined }) };
};
