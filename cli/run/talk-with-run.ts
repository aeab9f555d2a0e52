import { isCode } from '../../client/problem-error.ts';
import type { Session as TaskSession } from '../../client/sessions.ts';
import { defined } from '../../lib/defined.ts';
import { converse, wayBack } from '../converse.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import type { RunFlags } from './run-flags.ts';
import type { RunOf } from './task-state.ts';
import { untilRuns } from './wait-for-task.ts';

type Flags = Pick<RunFlags, 'interactive' | 'tty'>;

/** Attaches to a task. */
const attach = (
  { taskport, io }: Session,
  handle: string,
  taskId: string,
  { tty = false }: Flags,
  signal: AbortSignal,
): Promise<TaskSession> => {
  const size = tty ? io.terminal?.size() : undefined;
  return taskport.compositions.session(
    handle,
    { id: taskId, kind: 'attach', ...defined({ size }) },
    { signal },
  );
};

/** Throws `ProblemError` if no caller could attach to this task once it is bound and runs. */
export const assertTalks = async (session: Session, handle: string, taskId: string): Promise<void> => {
  const refused = await attach(session, handle, taskId, {}, session.call.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isCode(refused, 'not-bound')) throw refused;
};

/** Attaches to a task once it runs, and sends input and prints output until it has ended. Answers whether the user detached; undefined if the task ended before the attach. */
export const talkWithRun = async (
  session: Session,
  of: RunOf,
  flags: Flags,
  signal: AbortSignal,
): Promise<'detached' | 'ended' | undefined> => {
  if (!(await untilRuns(session, of, { signal }))) return undefined;
  let talk: TaskSession;
  try {
    talk = await withLatestHandle(session, of.executorId, (handle) =>
      attach(session, handle, of.taskId, flags, signal),
    );
  } catch (error) {
    if (isCode(error, 'not-bound', 'invalid-state')) return undefined;
    throw error;
  }
  const { interactive = false, tty = false } = flags;
  const end = await converse(session.io, talk, {
    isGiven: interactive,
    terminal: tty ? session.io.terminal : undefined,
  });
  if ('failed' in end) throw new Error(`${end.failed}: ${wayBack(of.executorId)}`);
  return 'detached' in end ? 'detached' : 'ended';
};
