import { eachRun, type Located } from '../run/each-run.ts';
import { signalTasks } from '../run/end-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import type { Action } from '../session.ts';

export const killRuns: Action<Located & { readonly signal: string }> = (session, texts, options) =>
  eachRun(session, texts, options, async (id) => {
    if ((await signalTasks(session, id, options.signal)) === 0)
      throw new Error(`nothing of ${shortOf(id)} runs`);
  });
