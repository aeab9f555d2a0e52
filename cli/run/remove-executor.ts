import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { printable } from '../details.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { shortOf } from './made-by-run.ts';
import { isLive, type Member, tasksAmong } from './task-state.ts';
import { untilFound } from './wait-for-task.ts';

/** The service, the longest wait, and how to report what the command waits for. */
export type Waiting = Pick<Session, 'taskport' | 'call' | 'note' | 'onOutage'>;

/** A session that waits no longer once a signal aborts. */
export const waitingUntil = (session: Session, signal: AbortSignal): Waiting => ({
  taskport: session.taskport,
  call: { signal: AbortSignal.any([signal, session.call.signal]) },
  note: (text) => session.note(text),
  onOutage: session.onOutage,
});

/** The present composition of the executor. */
export const readComposition = (session: Pick<Session, 'taskport' | 'call'>, executorId: string) =>
  session.taskport.elements.read(executorId, {
    fields: ['attributes', 'ro', 'composition'],
    ...session.call,
  });

/** Unbinds everything of an executor, which saves its volumes. */
export const unbindAll = (session: Session, executorId: string) =>
  withLatestHandle(session, executorId, (handle) =>
    session.taskport.compositions.unbind(handle, undefined, session.call),
  );

/** Whether a task still runs or a volume is not saved yet. */
const isBusy = (members: readonly Member[]): boolean =>
  tasksAmong(members).some(isLive) || members.some(({ saving }) => saving !== undefined);

/** Volumes that are not saved yet, and the reasons if known. */
const savesOf = (members: readonly Member[]): string[] =>
  members.flatMap(({ id, saving }) =>
    saving ? [`${shortOf(id)}${saving.problem ? ` (${saving.problem.detail})` : ''}`] : [],
  );

const SAID_AFTER_MS = 1_000;

/** Reports what the command waits for, if it takes long, and again when that changes. */
const sayingLate = (waiting: Waiting): ((words: string | undefined) => void) => {
  const since = performance.now();
  let said: string | undefined;
  return (words) => {
    if (said === words || words === undefined || performance.now() - since < SAID_AFTER_MS) return;
    said = words;
    waiting.note(printable(words));
  };
};

/** Waits until no task runs and all volumes are saved. Reports what it waits for if that takes long. */
export const untilQuiet = async (waiting: Waiting, executorId: string): Promise<void> => {
  const say = sayingLate(waiting);
  await untilFound(waiting, async () => {
    const { composition } = await readComposition(waiting, executorId);
    if (!composition || !isBusy(composition.members)) return true;
    const saves = savesOf(composition.members);
    say(
      saves.length > 0
        ? `waiting until ${saves.join(', ')} is saved`
        : `waiting until the tasks of ${shortOf(executorId)} have ended`,
    );
    return undefined;
  });
};

/** What a closing waits for, with what helps. */
const waitedFor = (composition: CompositionJson | undefined): string | undefined => {
  const waitsFor = composition?.closing?.waitsFor ?? [];
  return waitsFor.length === 0
    ? undefined
    : waitsFor.map(({ id, message }) => `waiting for ${id}: ${message}`).join('; ');
};

/**
 * Removes an executor: unbinds everything, waits for the end and the saves, and deletes it. `assertRemovable` judges the composition that
 * this would close, so nobody can start a task in between.
 */
export const removeExecutor = async (
  waiting: Waiting,
  executorId: string,
  assertRemovable: (members: readonly Member[]) => void = () => {},
): Promise<void> => {
  const { taskport, call } = waiting;
  const closing = await withLatestHandle(waiting, executorId, (handle, { members }) => {
    assertRemovable(members);
    return taskport.compositions.close(handle, { executor: 'delete', ...call });
  });
  if (closing === undefined) return;
  const say = sayingLate(waiting);
  await untilFound(waiting, async () => {
    const found = await unlessAbsent(readComposition(waiting, executorId));
    if (!found) return true;
    say(waitedFor(found.composition));
    return undefined;
  });
};
