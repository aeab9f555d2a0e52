import type { Session } from '../session.ts';
import { absenceInWords } from '../told-composition.ts';
import { isRefusal } from '../told-refusal.ts';

/** Why no task would start in a location now, and what helps; undefined if a runner is there. Throws `ProblemError` if the location does not exist. */
export const runnerAbsence = async (
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  location: string,
): Promise<string | undefined> => absenceInWords(await taskport.runners.read(location, call));

/**
 * Why no runner would now end a task or save a volume of a location, with a remedy; undefined if the location has a runner, or if the caller
 * may not see it.
 */
export const lackOfRunner = async (
  { taskport, call }: Pick<Session, 'taskport' | 'call'>,
  location: string,
): Promise<string | undefined> => {
  const lease = await taskport.runners.read(location, call).catch((error: unknown) => {
    // A caller who may run tasks may lack the right to see the runner.
    if (isRefusal(error)) return undefined;
    throw error;
  });
  const absence = lease && absenceInWords(lease);
  if (absence === undefined || lease?.engine === undefined) return absence;
  return `${absence}; \`taskport runner fence ${location}\` gives up a machine that is lost`;
};
