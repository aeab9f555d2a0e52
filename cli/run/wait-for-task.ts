import { setTimeout as sleep } from 'node:timers/promises';
import { outlasting } from '../../client/outlasting.ts';
import type { Session } from '../session.ts';
import { isLive, type RunOf, readTask, type TaskState } from './task-state.ts';

/** How soon to look again: the first and the longest interval. */
const FIRST_MS = 50;
const MOST_MS = 1_000;

/** How long `run --detach` waits for the start, the pull of an image included. */
const START_MS = 5_000;

/** Repeats a look, less and less often, until it finds something, also while the service does not answer. Throws the signal's reason. */
export const untilFound = async <T>(
  { call: { signal }, onOutage }: Pick<Session, 'call' | 'onOutage'>,
  look: () => Promise<T | undefined>,
): Promise<T> => {
  for (let wait = FIRST_MS; ; wait = Math.min(MOST_MS, wait * 1.5)) {
    const found = await outlasting(look, onOutage, signal);
    if (found !== undefined) return found;
    await sleep(wait, undefined, { signal });
  }
};

/** Waits until a task has ended for good; answers it, or null if it has left meanwhile. */
export const untilOver = (session: Session, of: RunOf): Promise<TaskState | null> =>
  untilFound(session, async () => {
    const found = await readTask(session, of);
    if (found === undefined) return null;
    return isLive(found) ? undefined : found;
  });

/** Waits until a task runs, unless it ends before; answers whether it runs. */
export const untilRuns = (session: Session, of: RunOf, { signal } = session.call): Promise<boolean> =>
  untilFound({ call: { signal }, onOutage: session.onOutage }, async () => {
    const found = await readTask(session, of);
    if (found?.task.state === 'running') return true;
    return found && isLive(found) ? undefined : false;
  });

/** Waits a while until a task has started or failed to; answers the task if it failed. */
export const untilRefusedToStart = async (session: Session, of: RunOf): Promise<TaskState | undefined> => {
  const until = performance.now() + START_MS;
  const found = await untilFound(session, async () => {
    const looked = await readTask(session, of);
    return looked?.task.state === 'bound' && performance.now() < until ? undefined : (looked ?? null);
  });
  return found?.task.reason === 'launch-error' ? found : undefined;
};
