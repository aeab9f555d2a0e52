import { withLatestHandle } from '../latest-handle.ts';
import { readMembers } from '../members.ts';
import { durationOf } from '../number.ts';
import { eachRun, type Located } from '../run/each-run.ts';
import { endRun } from '../run/end-run.ts';
import { areOver } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';

const restart = async (session: Session, id: string, time?: number): Promise<void> => {
  const { taskport, call } = session;
  // The next attempt has the writes too, so this waits for no save.
  await endRun(session, id, time, 'ended');
  await withLatestHandle(session, id, (handle) => taskport.compositions.bind(handle, undefined, call));
};

export const restartRuns: Action<Located & { readonly time?: string }> = (session, texts, options) => {
  const time = options.time === undefined ? undefined : durationOf('--time', options.time);
  return eachRun(session, texts, options, (id) => restart(session, id, time));
};

/** Like `docker start`, does nothing to a task that runs or is requested to. */
export const startRuns: Action<Located> = (session, texts, options) =>
  eachRun(session, texts, options, async (id) => {
    if (areOver(await readMembers(session, id))) await restart(session, id);
  });
