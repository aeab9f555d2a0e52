import { ProblemError } from '../../client/problem-error.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { isLive, type Member, tasksAmong } from './task-state.ts';
import { untilFound } from './wait-for-task.ts';

/** The executor's composition now. */
export const readComposition = (session: Session, executorId: string) =>
  session.taskport.elements.read(executorId, {
    fields: ['attributes', 'ro', 'composition'],
    ...session.call,
  });

/** Asks everything of an executor to stop; what was written to its volumes is saved then. */
export const unbindAll = (session: Session, executorId: string) =>
  withLatestHandle(session, executorId, (handle) =>
    session.taskport.compositions.unbind(handle, undefined, session.call),
  );

/** Whether something of it goes on: a task that runs, a volume that is not saved yet. */
const isBusy = (members: readonly Member[]): boolean =>
  tasksAmong(members).some(isLive) || members.some(({ saving }) => saving !== undefined);

const volumesOf = (members: readonly Member[]): string[] =>
  members.filter(({ saving }) => saving !== undefined).map(({ id }) => id);

const SAID_AFTER_MS = 5_000;

/** Waits until nothing of an executor goes on. Says what it waits for where that takes long. */
export const untilQuiet = async (session: Session, executorId: string): Promise<void> => {
  const since = performance.now();
  let isSaid = false;
  await untilFound(session, async () => {
    const { composition } = await readComposition(session, executorId);
    if (!composition || !isBusy(composition.members)) return true;
    if (!isSaid && performance.now() - since > SAID_AFTER_MS) {
      isSaid = true;
      const volumes = volumesOf(composition.members);
      session.note(
        volumes.length > 0
          ? `waiting until ${volumes.join(', ')} is saved`
          : `waiting until the tasks of ${executorId} have ended`,
      );
    }
    return undefined;
  });
};

/** Has everything leave an executor of which nothing goes on, and deletes it. */
const takeDown = async (session: Session, executorId: string): Promise<void> => {
  const { taskport, call } = session;
  const { composition } = await readComposition(session, executorId);
  // Storage leaves last, since tasks stand on it.
  const rank = ({ task, mount }: Member): number => (task ? 0 : mount ? 2 : 1);
  const members = (composition?.members ?? []).toSorted((one, other) => rank(one) - rank(other));
  for (const { id } of members)
    await withLatestHandle(session, executorId, (handle) =>
      taskport.compositions.leave(handle, id, call),
    ).catch((error) => {
      // It came along with another, or a temporary task has left by itself.
      if (!(error instanceof ProblemError && error.code === 'not-joined')) throw error;
    });
  await taskport.elements.delete(executorId, call);
};

/** Takes an executor down: asks everything of it to stop, waits for the end and for what is saved, and deletes it. */
export const removeExecutor = async (session: Session, executorId: string): Promise<void> => {
  const { composition } = await readComposition(session, executorId);
  if (composition?.members.some(({ bound }) => bound)) await unbindAll(session, executorId);
  await untilQuiet(session, executorId);
  await takeDown(session, executorId);
};
