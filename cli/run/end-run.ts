import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../client/problem-error.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unbindAll, untilQuiet } from './remove-executor.ts';
import { readTasks } from './task-state.ts';

/** Sends a signal to every task of an executor that runs or is to run; answers how many there were. */
export const signalTasks = async (session: Session, executorId: string, signal: string): Promise<number> => {
  const tasks = await readTasks(session, executorId);
  const meant = tasks.filter(({ bound, task }) => bound && ['bound', 'running'].includes(task.state));
  let sent = 0;
  for (const { id } of meant) {
    try {
      await withLatestHandle(session, executorId, (handle) =>
        session.taskport.compositions.interrupt(handle, id, signal, session.call),
      );
      sent += 1;
    } catch (error) {
      // It has ended meanwhile.
      if (!(error instanceof ProblemError && error.code === 'invalid-state')) throw error;
    }
  }
  return sent;
};

const areRunning = async (session: Session, executorId: string): Promise<boolean> =>
  (await readTasks(session, executorId)).some(({ task }) => task.state === 'running');

const LOOK_MS = 200;
/** By then what is killed has ended, unless its machine is lost. */
const KILLED_SECONDS = 10;

/** Waits until no task runs any more, so long at most. */
const untilEnded = async (session: Session, executorId: string, seconds: number): Promise<void> => {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until && (await areRunning(session, executorId)))
    await sleep(LOOK_MS, undefined, session.call);
};

/**
 * Ends everything of an executor, and waits until it has ended and what was written to volumes is saved. Where seconds are given, tasks have as
 * long to end before they are killed; otherwise as long as their specifications say.
 */
export const endRun = async (session: Session, executorId: string, seconds?: number): Promise<void> => {
  if (seconds !== undefined && (await areRunning(session, executorId))) {
    if (seconds > 0) await signalTasks(session, executorId, 'TERM');
    await untilEnded(session, executorId, seconds);
    if (await areRunning(session, executorId)) await signalTasks(session, executorId, 'KILL');
    // What is unbound is sent no signal any more.
    await untilEnded(session, executorId, KILLED_SECONDS);
  }
  await unbindAll(session, executorId);
  await untilQuiet(session, executorId);
};
