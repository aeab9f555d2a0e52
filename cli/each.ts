import { ProblemError } from '../client/problem-error.ts';
import { reportFailure } from './failure.ts';
import type { Session } from './session.ts';
import { isRefusal, ToldRefusal } from './told-refusal.ts';

/**
 * Does something with each of several things, by their IDs or names. What is refused of one is told, and the others go on. Throws
 * `ToldRefusal` at the end where one was refused, or `act` said that it would be.
 */
export const each = async (
  session: Session,
  ids: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: who cannot say that something would be refused says nothing.
  act: (id: string) => Promise<boolean | void>,
): Promise<void> => {
  let isRefused = false;
  for (const id of ids) {
    try {
      if ((await act(id)) === false) isRefused = true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      reportFailure(new ProblemError({ ...error.problem, id }), session.io, session.isJson);
      isRefused = true;
    }
  }
  if (isRefused) throw new ToldRefusal();
};
