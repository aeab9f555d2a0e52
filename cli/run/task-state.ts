import { statusOf } from '../../lib/composition/exit-status.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { readMembers } from '../members.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';

export type Member = CompositionJson['members'][number];

/** A task that is joined to an executor. */
export interface TaskState {
  readonly id: string;
  readonly bound: boolean;
  readonly task: NonNullable<Member['task']>;
}

/** A task of an executor, of which the command line speaks. */
export interface RunOf {
  readonly executorId: string;
  readonly taskId: string;
}

/** The code of a command whose task never started, or of which nobody knows how it ended, as that of `docker run`. */
export const NEVER_STARTED = 125;

export const tasksAmong = (members: readonly Member[]): TaskState[] =>
  members.flatMap(({ id, bound, task }) => (task ? [{ id, bound, task }] : []));

export const readTasks = async (session: Session, executorId: string): Promise<TaskState[]> =>
  tasksAmong(await readMembers(session, executorId));

/** What has become of a task; nothing where it has left, or its executor is gone. */
export const readTask = async (
  session: Session,
  { executorId, taskId }: RunOf,
): Promise<TaskState | undefined> =>
  (await unlessAbsent(readTasks(session, executorId)))?.find(({ id }) => id === taskId);

/** Whether it runs, or is asked to: also between two attempts. */
export const isLive = ({
  bound,
  task,
}: {
  readonly bound: boolean;
  readonly task: Pick<TaskState['task'], 'state' | 'nextAttemptAt'>;
}): boolean =>
  task.state === 'running' || (bound && (task.state === 'bound' || task.nextAttemptAt !== undefined));

/** The exit code for what has become of a task. */
export const codeOf = ({ task }: TaskState): number =>
  task.state === 'exited' ? (statusOf(task) ?? NEVER_STARTED) : NEVER_STARTED;
