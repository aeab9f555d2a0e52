import { conflict } from '../client/problem-error.ts';
import type { CompositionJson } from '../lib/composition/shown-composition.ts';
import type { Session } from './session.ts';

type Members = CompositionJson['members'];

/** The service, and the options of each call. */
export type Asking = Pick<Session, 'taskport' | 'call'>;

/** The members of an executor's composition. */
export const readMembers = async ({ taskport, call }: Asking, executorId: string): Promise<Members> => {
  const { composition } = await taskport.elements.read(executorId, { fields: ['composition'], ...call });
  return composition?.members ?? [];
};

/** For a task without reports: throws the service's `ProblemError` if the task is no member. */
export const assertJoined = async (session: Session, executorId: string, taskId: string): Promise<void> => {
  const members = await readMembers(session, executorId);
  if (members.some(({ id }) => id === taskId)) return;
  const detail = `${taskId} is not joined to ${executorId}, and no report names it: read the executor to see its tasks`;
  throw conflict('not-joined', detail, taskId);
};
