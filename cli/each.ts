import { ProblemError } from '../client/problem-error.ts';
import { reportFailure } from './failure.ts';
import type { Session } from './session.ts';
import { isRefusal, ToldRefusal } from './told-refusal.ts';

/** Whether others may go on after an error: the service refused it, or a command that asked for it did. */
const isOfOne = (error: unknown): error is Error =>
  isRefusal(error) || (error instanceof Error && error.name === 'Error');

/**
 * Does something with each of several things, by their IDs or names: one after the other, or side by side. What is refused of one is told, and
 * the others go on. Throws `ToldRefusal` at the end where one was refused, or `act` said that it would be.
 */
export const each = async (
  session: Session,
  ids: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: who cannot say that something would be refused says nothing.
  act: (id: string) => Promise<boolean | void>,
  { isSideBySide = false } = {},
): Promise<void> => {
  let isRefused = false;
  const actOn = async (id: string): Promise<void> => {
    try {
      if ((await act(id)) === false) isRefused = true;
    } catch (error) {
      if (session.io.signal.aborted || !isOfOne(error)) throw error;
      const told = isRefusal(error) ? new ProblemError({ ...error.problem, id }) : error;
      reportFailure(told, session.io, session.isJson);
      isRefused = true;
    }
  };
  if (isSideBySide) {
    for (const outcome of await Promise.allSettled(ids.map(actOn)))
      if (outcome.status === 'rejected') throw outcome.reason;
  } else for (const id of ids) await actOn(id);
  if (isRefused) throw new ToldRefusal();
};
