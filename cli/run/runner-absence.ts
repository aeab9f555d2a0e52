import type { Session } from '../session.ts';
import { absenceInWords } from '../told-composition.ts';

/** Why no task would start in a location now, and what helps; undefined if a runner is there. Throws `ProblemError` if the location does not exist. */
export const runnerAbsence = async (
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  location: string,
): Promise<string | undefined> => absenceInWords(await taskport.runners.read(location, call));
