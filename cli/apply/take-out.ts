import { ProblemError } from '../../client/problem-error.ts';
import type { HandleJson } from '../../lib/composition/shown-composition.ts';
import { untilQuiet } from '../run/remove-executor.ts';
import type { Session } from '../session.ts';

export const stale = (executorId: string): ProblemError => {
  const code = 'stale-handle';
  const detail = `the composition of ${executorId} was changed by someone else meanwhile: apply the file again`;
  return new ProblemError({ type: `https://taskport.dev/problems/${code}`, status: 409, code, detail });
};

/**
 * Has members leave, so that they may join otherwise: stops all that is bound, and waits until tasks have ended and what they wrote is saved. Answers the handle to go on
 * with. Where this is given up in the middle, nothing is lost: what has left is missing then, and what was stopped is not bound. Throws `stale-handle` where somebody
 * binds something meanwhile.
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
  // Tasks leave with the storage that they came with.
  for (const id of ids)
    if (latest.composition.members.some((member) => member.id === id))
      latest = await compositions.leave(latest.handle, id, call);
  return latest.handle;
};
