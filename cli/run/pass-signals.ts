import { isCode } from '../../client/problem-error.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import { NOT_ASKED } from '../../lib/execution/control-plane.ts';
import { ExitWith } from '../exit-with.ts';
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
  /** Passes the signals so far to a task, and from now on each later one. */
  passTo(of: RunOf): Promise<void>;
  end(): void;
}

/** The end of a command that the user has interrupted. */
export const interrupted = ({ last = 'INT' }: PassedSignals): ExitWith =>
  new ExitWith(128 + signalNumber(last));

/** Holds the signals of this process until a task exists, then passes them to it, until `end`. */
export const passSignals = (session: Session): PassedSignals => {
  const over = new AbortController();
  const held: NodeJS.Signals[] = [];
  let target: RunOf | undefined;
  let [count, last] = [0, undefined as string | undefined];
  const pass = async (of: RunOf, name: NodeJS.Signals): Promise<void> => {
    try {
      await passOn(session, of, name.replace(/^SIG/, ''));
    } catch (error) {
      // The task has ended meanwhile.
      if (isCode(error, ...NOT_ASKED)) return;
      session.warn(`${name} is not passed on: ${(error as Error).message}`);
    }
  };
  const end = session.io.onSignal((name) => {
    if (ENDING.has(name)) {
      count += 1;
      last = name.replace(/^SIG/, '');
      if (count >= PATIENCE) over.abort();
    }
    if (target) void pass(target, name);
    else held.push(name);
  });
  return {
    given: over.signal,
    get last() {
      return last;
    },
    passTo: async (of) => {
      target = of;
      for (const name of held) await pass(of, name);
    },
    end,
  };
};
