import { endInWords } from '../../lib/composition/end-in-words.ts';
import { each } from '../each.ts';
import { ExitWith } from '../exit-with.ts';
import { readMembers } from '../members.ts';
import { ofRun } from '../run/absent-run.ts';
import { BegunActs } from '../run/begun-acts.ts';
import { type Located, meantExecutors, tasksOf } from '../run/each-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import { codeOf, NEVER_STARTED } from '../run/task-state.ts';
import { noteUnsaved } from '../run/unsaved.ts';
import { untilOver } from '../run/wait-for-task.ts';
import type { Action, Session } from '../session.ts';
import { ToldRefusal } from '../told-refusal.ts';
import { unlessAbsent } from '../unless-absent.ts';

/** The exit code of an executor after all of its tasks have ended: the first that is not 0. */
const codeOfExecutor = async (session: Session, executorId: string): Promise<number> => {
  const tasks = await ofRun(session, executorId, tasksOf(session, executorId));
  const codes = await Promise.all(
    tasks.map(async ({ id }) => {
      const over = await untilOver(session, { executorId, taskId: id });
      const code = over === null ? NEVER_STARTED : codeOf(over);
      if (code === NEVER_STARTED)
        session.note(
          `${shortOf(id)}: ${(over && endInWords(over.task)) || (over === null ? 'it was removed' : 'it was stopped before it started')}`,
        );
      return code;
    }),
  );
  noteUnsaved(session, executorId, (await unlessAbsent(readMembers(session, executorId))) ?? []);
  return codes.find((each) => each !== 0) ?? 0;
};

/** Waits for all in parallel, and prints their codes in order. Exits with the first code that is not 0, and with 1 if one was refused. */
export const waitForRuns: Action<Located> = async (session, texts, options) => {
  const ids = meantExecutors(session, texts, options);
  const codes = new BegunActs(ids, (id) => codeOfExecutor(session, id));
  let first = 0;
  const waited = each(session, ids, async (id) => {
    const exitCode = await codes.of(id);
    first ||= exitCode;
    session.show({ id, exitCode }, () => String(exitCode));
  });
  await waited.catch((error) => {
    if (first === 0 || !(error instanceof ToldRefusal)) throw error;
  });
  if (first !== 0) throw new ExitWith(first);
};
