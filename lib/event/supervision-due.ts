import { invalidRequest } from '../errors.ts';

export const SUPERVISION_DUE = 'Supervision Due';

/** A task, and the executor on which it is to be looked at. */
export interface Supervised {
  readonly executorId: string;
  readonly taskId: string;
}

/**
 * Which task an event is about that supervision hears of: one that says it is due, or one of the task in a composition. Read by hand,
 * since both are ours: the schemas' library would be thirty kilobytes more at every start. Throws `invalid-request`.
 */
export const supervisedBy = (detail: unknown): Supervised => {
  const { id, composition, executorId, taskId } = Object(detail) as Partial<Record<string, unknown>>;
  const task = taskId ?? id;
  const executor = executorId ?? (Object(composition) as Partial<Supervised>).executorId;
  if (typeof executor !== 'string' || typeof task !== 'string') {
    throw invalidRequest({ path: 'detail', message: 'must name a task of an executor' });
  }
  return { executorId: executor, taskId: task };
};
