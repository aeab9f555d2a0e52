import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
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

/** Says once what is waited for, where that takes long. */
const sayingLate = (session: Session): ((words: string | undefined) => void) => {
  const since = performance.now();
  let isSaid = false;
  return (words) => {
    if (isSaid || words === undefined || performance.now() - since < SAID_AFTER_MS) return;
    isSaid = true;
    session.note(words);
  };
};

/** Waits until nothing of an executor goes on. Says what it waits for where that takes long. */
export const untilQuiet = async (session: Session, executorId: string): Promise<void> => {
  const say = sayingLate(session);
  await untilFound(session, async () => {
    const { composition } = await readComposition(session, executorId);
    if (!composition || !isBusy(composition.members)) return true;
    const volumes = volumesOf(composition.members);
    say(
      volumes.length > 0
        ? `waiting until ${volumes.join(', ')} is saved`
        : `waiting until the tasks of ${executorId} have ended`,
    );
    return undefined;
  });
};

/** What a closing waits for, in words that say what helps. */
const waitedFor = (composition: CompositionJson | undefined): string | undefined => {
  const waitsFor = composition?.closing?.waitsFor ?? [];
  return waitsFor.length === 0
    ? undefined
    : waitsFor.map(({ id, message }) => `waiting for ${id}: ${message}`).join('; ');
};

/** Takes an executor down: asks everything of it to stop, waits for the end and for what is saved, and has it deleted. */
export const removeExecutor = async (session: Session, executorId: string): Promise<void> => {
  const { taskport, call } = session;
  const closing = await withLatestHandle(session, executorId, (handle) =>
    taskport.compositions.close(handle, { executor: 'delete', ...call }),
  );
  if (closing === undefined) return;
  const say = sayingLate(session);
  await untilFound(session, async () => {
    const found = await unlessAbsent(readComposition(session, executorId));
    if (!found) return true;
    say(waitedFor(found.composition));
    return undefined;
  });
};
