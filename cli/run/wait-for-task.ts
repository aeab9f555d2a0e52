import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session.ts';
import { isLive, type RunOf, readTask, type TaskState } from './task-state.ts';

/** How soon it is looked again: at first, and at last. */
const FIRST_MS = 50;
const MOST_MS = 1_000;

/** Looks again and again, less and less often, until there is something. Throws the signal's reason. */
export const untilFound = async <T>(
  { call: { signal } }: Pick<Session, 'call'>,
  look: () => Promise<T | undefined>,
): Promise<T> => {
  for (let wait = FIRST_MS; ; wait = Math.min(MOST_MS, wait * 1.5)) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(wait, undefined, { signal });
  }
};

/** Waits until a task has ended and is not started again; answers it, or null where it has left meanwhile. */
export const untilOver = (session: Session, of: RunOf): Promise<TaskState | null> =>
  untilFound(session, async () => {
    const found = await readTask(session, of);
    if (found === undefined) return null;
    return isLive(found) ? undefined : found;
  });

/** Waits until a task that is to run does, unless it ends before that; answers whether it runs. */
export const untilRuns = (session: Session, of: RunOf, { signal } = session.call): Promise<boolean> =>
  untilFound({ call: { signal } }, async () => {
    const found = await readTask(session, of);
    if (found?.task.state === 'running') return true;
    return found && isLive(found) ? undefined : false;
  });
