import type { Session } from '../session.ts';
import { absenceInWords } from '../told-composition.ts';

/**
 * Why nothing would be started in a location now, and what helps; undefined where a runner is there. Throws `ProblemError` where there is no such
 * location.
 */
export const runnerAbsence = async (
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  location: string,
): Promise<string | undefined> => absenceInWords(await taskport.runners.read(location, call));
