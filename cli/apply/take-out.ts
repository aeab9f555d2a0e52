import { conflict, type ProblemError } from '../../client/problem-error.ts';
import type { HandleJson } from '../../lib/composition/shown-composition.ts';
import { untilQuiet } from '../run/remove-executor.ts';
import type { Session } from '../session.ts';

export const stale = (executorId: string): ProblemError =>
  conflict(
    'stale-handle',
    `the composition of ${executorId} was changed by someone else meanwhile: apply the file again`,
  );

/**
 * Makes members leave, so that they can join again: unbinds everything, and waits until tasks have ended and their writes are saved.
 * Answers the next handle. If this fails halfway, no data is lost: some members are missing, and nothing is bound. Throws `stale-handle`
 * if another caller binds something meanwhile.
 */
export const takeOut = async (
  session: Session,
  { handle, composition: { executorId, members } }: HandleJson,
  ids: readonly string[],
): Promise<string> => {
  const { call, taskport } = session;
  const { compositions } = taskport;
  if (members.some(({ bound }) => bound)) await compositions.unbind(handle, undefined, call);
  await untilQuiet(session, executorId);
  let latest = await compositions.open(executorId, call);
  if (latest.composition.members.some(({ bound }) => bound)) throw stale(executorId);
  // Tasks leave with the storage with which they came.
  for (const id of ids)
    if (latest.composition.members.some((member) => member.id === id))
      latest = await compositions.leave(latest.handle, id, call);
  return latest.handle;
};
