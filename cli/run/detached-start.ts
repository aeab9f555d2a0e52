import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session.ts';
import { type RunOf, readTask, type TaskState } from './task-state.ts';

/** How long `run --detach` waits for the start, not counting the pull of an image. */
const START_MS = 5_000;
const LOOK_MS = 100;

/** Waits a while until a task has started or failed to; answers the task if it failed. */
export const untilStarted = async (session: Session, of: RunOf): Promise<TaskState | undefined> => {
  for (const until = performance.now() + START_MS; performance.now() < until; ) {
    const found = await readTask(session, of);
    if (found?.task.state !== 'bound') return found?.task.reason === 'launch-error' ? found : undefined;
    await sleep(LOOK_MS, undefined, session.call);
  }
  return undefined;
};
