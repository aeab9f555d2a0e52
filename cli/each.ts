import { ProblemError } from '../client/problem-error.ts';
import { reportFailure } from './failure.ts';
import type { Session } from './session.ts';
import { isRefusal, ToldRefusal } from './told-refusal.ts';

/** Whether to continue after an error: the service refused the request, or a called command reported a refusal. */
const isOfOne = (error: unknown): error is Error =>
  isRefusal(error) || (error instanceof Error && error.name === 'Error');

/**
 * Calls `act` for several things, by their IDs or names, one after another. Prints a refusal and continues with the others. Throws
 * `ToldRefusal` at the end if one was refused, or if `act` answered that it would be.
 */
export const each = async (
  session: Session,
  ids: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: most actions have no result.
  act: (id: string) => Promise<boolean | void>,
): Promise<void> => {
  let isRefused = false;
  for (const id of ids) {
    try {
      if ((await act(id)) === false) isRefused = true;
    } catch (error) {
      if (session.io.signal.aborted || !isOfOne(error)) throw error;
      const told = isRefusal(error) ? new ProblemError({ ...error.problem, id }) : error;
      reportFailure(told, session.io, session.isJson);
      isRefused = true;
    }
  }
  if (isRefused) throw new ToldRefusal();
};
