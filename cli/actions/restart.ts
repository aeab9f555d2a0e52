import { withLatestHandle } from '../latest-handle.ts';
import { numberOf } from '../number.ts';
import { eachRun, type Located } from '../run/each-run.ts';
import { endRun } from '../run/end-run.ts';
import type { Action } from '../session.ts';

export const restartRuns: Action<Located & { readonly time?: string }> = (session, texts, options) => {
  const { time } = numberOf('time', options.time, 'a whole number of seconds');
  const { taskport, call } = session;
  return eachRun(session, texts, options, async (id) => {
    await endRun(session, id, time);
    await withLatestHandle(session, id, (handle) => taskport.compositions.bind(handle, undefined, call));
  });
};
