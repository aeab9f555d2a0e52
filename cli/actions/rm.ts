import { isCode } from '../../client/problem-error.ts';
import { eachRun, type Located } from '../run/each-run.ts';
import { endRun } from '../run/end-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import { removeExecutor } from '../run/remove-executor.ts';
import { areOver } from '../run/task-state.ts';
import type { Action, Session } from '../session.ts';

const remove = async (session: Session, executorId: string): Promise<void> => {
  const short = shortOf(executorId);
  if (!(await removeExecutor(session, executorId, areOver)))
    throw new Error(`${short} runs: \`taskport stop ${short}\` first, or use --force`);
};

/** Like `docker rm --force`, ignores an executor that does not exist. */
const removeByForce = async (session: Session, executorId: string): Promise<void> => {
  try {
    await endRun(session, executorId, 0);
    await removeExecutor(session, executorId);
  } catch (error) {
    if (!isCode(error, 'not-found')) throw error;
    session.note(`${shortOf(executorId)} is not there`);
  }
};

export const removeRuns: Action<Located & { readonly force?: boolean }> = (session, texts, options) =>
  eachRun(session, texts, options, (id) =>
    options.force ? removeByForce(session, id) : remove(session, id),
  );
