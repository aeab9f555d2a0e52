import { signalNumber } from '../../lib/element/signal-name.ts';
import { ExitWith } from '../exit-with.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { shortOf } from './made-by-run.ts';
import { removeExecutor, untilQuiet, type Waiting, waitingUntil } from './remove-executor.ts';
import { areOver } from './task-state.ts';
import { unsavedOf } from './unsaved.ts';

/** Unbinds an ended task, which saves its writes, and waits for that; does nothing if somebody has started it again. */
const save = async (waiting: Waiting, { taskport, call }: Session, executorId: string): Promise<void> => {
  const hasEnded = await withLatestHandle({ taskport, call }, executorId, async (handle, { members }) => {
    if (!areOver(members)) return false;
    if (unsavedOf(members).length > 0) await taskport.compositions.unbind(handle, undefined, call);
    return true;
  });
  if (hasEnded) await untilQuiet(waiting, executorId);
};

/**
 * The end of `run` after its task has ended for good: saves its writes, removes the executor with `isRemoved`, and waits until that is
 * done. After a signal it leaves that to the runner and the service, and throws `ExitWith`.
 */
export const endWell = async (session: Session, executorId: string, isRemoved: boolean): Promise<void> => {
  const { io } = session;
  const given = new AbortController();
  let asked: string | undefined;
  const end = io.onSignal((name) => {
    if (name !== 'SIGINT' && name !== 'SIGTERM') return;
    asked = name.slice('SIG'.length);
    given.abort();
  });
  const waiting = waitingUntil(session, given.signal);
  try {
    if (isRemoved) {
      if (!(await removeExecutor(waiting, executorId, areOver)))
        session.note(`${shortOf(executorId)} was started again, and stays`);
    }
    // If somebody has removed the executor, the writes are saved.
    else await unlessAbsent(save(waiting, session, executorId));
  } catch (error) {
    if (asked === undefined) throw error;
    const short = shortOf(executorId);
    session.warn(
      isRemoved
        ? `taskport: the runner saves the writes of ${short}, and then ${short} is removed`
        : `taskport: the runner saves the writes of ${short}: \`taskport compose show ${short}\` shows the progress`,
    );
    throw new ExitWith(128 + signalNumber(asked));
  } finally {
    end();
  }
};
