import { ProblemError } from '../../client/problem-error.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unbindAll } from './remove-executor.ts';
import { type RunOf, readTask } from './task-state.ts';

/** How many times the user asks to end until the command stops waiting. */
const PATIENCE = 3;
const ENDING = new Set(['SIGINT', 'SIGTERM']);

/** Sends a signal to a task that runs; of one that has not started, nothing is left to start. */
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
  /** Aborted once somebody has asked so often to end that it is not waited for any longer. */
  readonly given: AbortSignal;
  /** The last one to end, without `SIG`. */
  readonly last: string | undefined;
  end(): void;
}

/** Passes the signals of this process on to a task, until that is ended. */
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
