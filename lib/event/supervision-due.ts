import { invalidRequest } from '../errors.ts';

export const SUPERVISION_DUE = 'Supervision Due';

/** A task, and its executor. */
export interface Supervised {
  readonly executorId: string;
  readonly taskId: string;
}

/**
 * The task of an event for supervision: an alarm, or an event of the task in a composition. It reads the fields
 * without a schema, since the service writes both kinds, and the schemas' library would add thirty kilobytes to
 * every start. Throws `invalid-request`.
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
