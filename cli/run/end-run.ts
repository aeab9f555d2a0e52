import { setTimeout as sleep } from 'node:timers/promises';
import { outlasting } from '../../client/outlasting.ts';
import { isCode } from '../../client/problem-error.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unbindAll, untilQuiet } from './remove-executor.ts';
import { readTasks } from './task-state.ts';

/** Sends a signal to every task of an executor that runs or is requested to; answers their number. */
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
      if (!isCode(error, 'invalid-state')) throw error;
    }
  }
  return sent;
};

const areRunning = async (session: Session, executorId: string): Promise<boolean> => {
  const tasks = await outlasting(() => readTasks(session, executorId), session.onOutage, session.call.signal);
  return tasks.some(({ task }) => task.state === 'running');
};

const LOOK_MS = 200;
/** After this time a killed task has ended, unless its machine is lost. */
const KILLED_SECONDS = 10;

/** Waits until no task runs, at most for this time. */
const untilEnded = async (session: Session, executorId: string, seconds: number): Promise<void> => {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until && (await areRunning(session, executorId)))
    await sleep(LOOK_MS, undefined, session.call);
};

/**
 * Ends everything of an executor. Waits until all tasks have ended and, unless `until` is `ended`, all writes to volumes are saved. Kills
 * tasks that still run after the given seconds; by default after the time in their specifications.
 */
export const endRun = async (
  session: Session,
  executorId: string,
  seconds?: number,
  until?: 'ended' | 'saved',
): Promise<void> => {
  if (seconds !== undefined && (await areRunning(session, executorId))) {
    if (seconds > 0) await signalTasks(session, executorId, 'TERM');
    await untilEnded(session, executorId, seconds);
    if (await areRunning(session, executorId)) await signalTasks(session, executorId, 'KILL');
    // An unbound task receives no more signals.
    await untilEnded(session, executorId, KILLED_SECONDS);
  }
  await unbindAll(session, executorId);
  await untilQuiet(session, executorId, until);
};
