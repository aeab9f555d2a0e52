import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { printable } from '../details.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { shortOf } from './made-by-run.ts';
import { isLive, type Member, tasksAmong } from './task-state.ts';
import { untilFound } from './wait-for-task.ts';

/** What is waited with: the service, how long at most, and how it is said what is waited for. */
export type Waiting = Pick<Session, 'taskport' | 'call' | 'note'>;

/** The executor's composition now. */
export const readComposition = (session: Pick<Session, 'taskport' | 'call'>, executorId: string) =>
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

/** What is not saved yet, and why where that is known. */
const savesOf = (members: readonly Member[]): string[] =>
  members.flatMap(({ id, saving }) =>
    saving ? [`${shortOf(id)}${saving.problem ? ` (${saving.problem.detail})` : ''}`] : [],
  );

const SAID_AFTER_MS = 1_000;

/** Says what is waited for, where that takes long, and again where it is something else. */
const sayingLate = (waiting: Waiting): ((words: string | undefined) => void) => {
  const since = performance.now();
  let said: string | undefined;
  return (words) => {
    if (said === words || words === undefined || performance.now() - since < SAID_AFTER_MS) return;
    said = words;
    waiting.note(printable(words));
  };
};

/** Waits until nothing of an executor goes on. Says what it waits for where that takes long. */
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

/** What a closing waits for, in words that say what helps. */
const waitedFor = (composition: CompositionJson | undefined): string | undefined => {
  const waitsFor = composition?.closing?.waitsFor ?? [];
  return waitsFor.length === 0
    ? undefined
    : waitsFor.map(({ id, message }) => `waiting for ${id}: ${message}`).join('; ');
};

/** Takes an executor down: asks everything of it to stop, waits for the end and for what is saved, and has it deleted. */
export const removeExecutor = async (waiting: Waiting, executorId: string): Promise<void> => {
  const { taskport, call } = waiting;
  const closing = await withLatestHandle(waiting, executorId, (handle) =>
    taskport.compositions.close(handle, { executor: 'delete', ...call }),
  );
  if (closing === undefined) return;
  const say = sayingLate(waiting);
  await untilFound(waiting, async () => {
    const found = await unlessAbsent(readComposition(waiting, executorId));
    if (!found) return true;
    say(waitedFor(found.composition));
    return undefined;
  });
};
