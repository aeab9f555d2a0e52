import { statusOf } from '../../lib/composition/exit-status.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { type Asking, readMembers } from '../members.ts';
import { unlessAbsent } from '../unless-absent.ts';

export type Member = CompositionJson['members'][number];

/** A member that is a task. */
export interface TaskState {
  readonly id: string;
  readonly bound: boolean;
  readonly task: NonNullable<Member['task']>;
}

/** A task of an executor. */
export interface RunOf {
  readonly executorId: string;
  readonly taskId: string;
}

/** The exit code for a task that never started or whose end is unknown, as in `docker run`. */
export const NEVER_STARTED = 125;

export const tasksAmong = (members: readonly Member[]): TaskState[] =>
  members.flatMap(({ id, bound, task }) => (task ? [{ id, bound, task }] : []));

export const readTasks = async (session: Asking, executorId: string): Promise<TaskState[]> =>
  tasksAmong(await readMembers(session, executorId));

/** The state of a task; undefined if it has left, or its executor is gone. */
export const readTask = async (
  session: Asking,
  { executorId, taskId }: RunOf,
): Promise<TaskState | undefined> =>
  (await unlessAbsent(readTasks(session, executorId)))?.find(({ id }) => id === taskId);

/** Whether it runs or is requested to, also between two attempts. */
export const isLive = ({
  bound,
  task,
}: {
  readonly bound: boolean;
  readonly task: Pick<TaskState['task'], 'state' | 'nextAttemptAt'>;
}): boolean =>
  task.state === 'running' || (bound && (task.state === 'bound' || task.nextAttemptAt !== undefined));

/** Whether no task runs or is requested to. */
export const areOver = (members: readonly Member[]): boolean => !tasksAmong(members).some(isLive);

/** The exit code for the state of a task. */
export const codeOf = ({ task }: TaskState): number =>
  task.state === 'exited' ? (statusOf(task) ?? NEVER_STARTED) : NEVER_STARTED;
