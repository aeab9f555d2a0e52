import { isCode, ProblemError } from '../../client/problem-error.ts';
import { parseId } from '../../lib/element/id.ts';
import type { Session } from '../session.ts';
import { shortOf } from './made-by-run.ts';

/** The answer of a call about a run. If the run does not exist, the refusal names the command that lists runs: nobody creates a run in order to read or stop it. */
export const ofRun = async <T>(session: Session, executorId: string, call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    const { location } = parseId(executorId, 'executor');
    const { problem } = error as Partial<ProblemError>;
    if (isCode(error, 'unknown-location') && problem?.location === location)
      throw new ProblemError({
        ...error.problem,
        detail: `there is no run ${shortOf(executorId)}, because there is no location ${location}: \`taskport location list\` lists them`,
      });
    if (!isCode(error, 'not-found') || problem?.id !== executorId) throw error;
    const where = location === session.executorLocation ? '' : ` --executor-location ${location}`;
    throw new ProblemError({
      ...error.problem,
      detail: `there is no run ${shortOf(executorId)}: \`taskport ps --all${where}\` lists them`,
    });
  }
};
