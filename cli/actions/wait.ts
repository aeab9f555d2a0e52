import { endInWords } from '../../lib/composition/end-in-words.ts';
import { ExitWith } from '../exit-with.ts';
import { type Located, meantExecutor, tasksOf } from '../run/each-run.ts';
import { shortOf } from '../run/made-by-run.ts';
import { codeOf, NEVER_STARTED } from '../run/task-state.ts';
import { untilOver } from '../run/wait-for-task.ts';
import type { Action, Session } from '../session.ts';

/** The code of an executor, once all of its tasks have ended: of the first that is not 0. */
const codeOfExecutor = async (session: Session, executorId: string): Promise<number> => {
  const tasks = await tasksOf(session, executorId);
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
  const code = codes.find((each) => each !== 0) ?? 0;
  session.show({ id: executorId, exitCode: code }, () => String(code));
  return code;
};

export const waitForRuns: Action<Located> = async (session, texts, options) => {
  const ids = texts.map((text) => meantExecutor(session, text, options));
  const codes = await Promise.all(ids.map((id) => codeOfExecutor(session, id)));
  const code = codes.find((each) => each !== 0);
  if (code !== undefined) throw new ExitWith(code);
};
