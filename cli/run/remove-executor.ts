import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { parseId } from '../../lib/element/id.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { printable } from '../details.ts';
import { withLatestHandle } from '../latest-handle.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { shortOf } from './made-by-run.ts';
import { lackOfRunner } from './runner-absence.ts';
import { areOver, type Member } from './task-state.ts';
import { untilFound } from './wait-for-task.ts';

/** The service, the longest wait, and how to report what the command waits for. */
export type Waiting = Pick<Session, 'taskport' | 'call' | 'note' | 'onOutage'>;

/** A session whose calls and waits end once a signal aborts. */
export const waitingUntil = (session: Session, signal: AbortSignal): Waiting => ({
  taskport: session.taskport,
  call: { signal: firstAborted(signal, session.call.signal) },
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

/** Volumes that are not saved yet, and the reasons if known. */
const savesOf = (members: readonly Member[]): string[] =>
  members.flatMap(({ id, saving }) =>
    saving ? [`${shortOf(id)}${saving.problem ? ` (${saving.problem.detail})` : ''}`] : [],
  );

const SAID_AFTER_MS = 1_000;

/** Reports a long wait, and the lack of a runner; reports again when one of them changes. */
const sayingLate = (waiting: Waiting, executorId: string) => {
  const since = performance.now();
  const { location } = parseId(executorId, 'executor');
  let said: string | undefined;
  return async (words: string | undefined): Promise<void> => {
    if (words === undefined || performance.now() - since < SAID_AFTER_MS) return;
    const lack = await lackOfRunner(waiting, location);
    const state = `${words} ${lack === undefined}`;
    if (said !== state) waiting.note(printable([words, lack].filter(Boolean).join('; ')));
    said = state;
  };
};

/** Waits until no task runs and, unless `until` is `ended`, all volumes are saved. Reports a long wait. */
export const untilQuiet = async (
  waiting: Waiting,
  executorId: string,
  until: 'ended' | 'saved' = 'saved',
): Promise<void> => {
  const say = sayingLate(waiting, executorId);
  await untilFound(waiting, async () => {
    const { composition } = await readComposition(waiting, executorId);
    const { members = [] } = composition ?? {};
    const saves = until === 'saved' ? savesOf(members) : [];
    if (saves.length === 0 && areOver(members)) return true;
    await say(
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
 * Removes an executor: unbinds everything, waits for the end and the saves, and deletes it. If `isMeant` rejects the members, does nothing
 * and answers false. No caller can start a task between this check and the unbind.
 */
export const removeExecutor = async (
  waiting: Waiting,
  executorId: string,
  isMeant: (members: readonly Member[]) => boolean = () => true,
): Promise<boolean> => {
  const { taskport, call } = waiting;
  const closing = await withLatestHandle(waiting, executorId, async (handle, { members }) =>
    isMeant(members) ? taskport.compositions.close(handle, { executor: 'delete', ...call }) : false,
  );
  if (closing === false) return false;
  if (closing === undefined) return true;
  const say = sayingLate(waiting, executorId);
  await untilFound(waiting, async () => {
    const found = await unlessAbsent(readComposition(waiting, executorId));
    if (!found) return true;
    await say(waitedFor(found.composition));
    return undefined;
  });
  return true;
};
