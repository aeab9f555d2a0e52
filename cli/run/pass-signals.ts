import { ProblemError } from '../../client/problem-error.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unbindAll } from './remove-executor.ts';
import { type RunOf, readTask } from './task-state.ts';

/** How often the user has to interrupt before the command stops waiting. */
const PATIENCE = 3;
const ENDING = new Set(['SIGINT', 'SIGTERM']);

/** Sends a signal to a running task; unbinds a task that has not started. */
const passOn = async (session: Session, of: RunOf, signal: string): Promise<void> => {
  const { compositions } = session.taskport;
  const state = await readTask(session, of);
  if (state?.task.state === 'bound' && ENDING.has(`SIG${signal}`)) {
    await unbindAll(session, of.executorId);
    return;
  }
  await withLatestHandle(session, of.executorId, (handle) =>
    compositions.interrupt(handle, of.taskId, signal, session.call),
  );
};

export interface PassedSignals {
  /** Aborts once the user has interrupted often enough that the command stops waiting. */
  readonly given: AbortSignal;
  /** The last terminating signal, without `SIG`. */
  readonly last: string | undefined;
  end(): void;
}

/** Passes the signals of this process to a task, until stopped. */
export const passSignals = (session: Session, of: RunOf): PassedSignals => {
  const over = new AbortController();
  let [count, last] = [0, undefined as string | undefined];
  const end = session.io.onSignal((name) => {
    const signal = name.replace(/^SIG/, '');
    if (ENDING.has(name)) {
      count += 1;
      last = signal;
      if (count >= PATIENCE) over.abort();
    }
    passOn(session, of, signal).catch((error: Error) => {
      // It has ended meanwhile.
      if (error instanceof ProblemError && error.status < 500) return;
      session.warn(`${name} is not passed on: ${error.message}`);
    });
  });
  return {
    given: over.signal,
    get last() {
      return last;
    },
    end,
  };
};
