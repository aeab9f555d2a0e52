import { durationOf } from '../number.ts';
import { eachRun, type Located } from '../run/each-run.ts';
import { endRun } from '../run/end-run.ts';
import type { Action } from '../session.ts';

export const stopRuns: Action<Located & { readonly time?: string }> = (session, texts, options) => {
  const time = options.time === undefined ? undefined : durationOf('--time', options.time);
  return eachRun(session, texts, options, (id) => endRun(session, id, time));
};
