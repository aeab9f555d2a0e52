import { ProblemError } from '../client/problem-error.ts';
import type { CompositionJson } from '../lib/composition/shown-composition.ts';
import type { Session } from './session.ts';

type Members = CompositionJson['members'];

/** What is joined to an executor. */
export const readMembers = async ({ taskport, call }: Session, executorId: string): Promise<Members> => {
  const { composition } = await taskport.elements.read(executorId, { fields: ['composition'], ...call });
  return composition?.members ?? [];
};

/** For a task of which nothing is reported: throws `ProblemError`, as the service would, where it is not even joined. */
export const assertJoined = async (session: Session, executorId: string, taskId: string): Promise<void> => {
  const members = await readMembers(session, executorId);
  if (members.some(({ id }) => id === taskId)) return;
  const detail = `${taskId} is not joined to ${executorId}, and nothing was ever reported of it: read the executor to see its tasks`;
  throw new ProblemError({
    type: 'https://taskport.dev/problems/not-joined',
    status: 409,
    code: 'not-joined',
    detail,
    id: taskId,
  });
};
