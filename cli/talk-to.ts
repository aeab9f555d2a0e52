import type { SessionRequest, Session as TaskSession } from '../client/sessions.ts';
import { parseId } from '../lib/element/id.ts';
import { withLatestHandle } from './latest-handle.ts';
import { ofRun } from './run/absent-run.ts';
import { type Located, meantExecutor } from './run/each-run.ts';
import { isCalled, meantTask } from './run/meant-task.ts';
import { runnerAbsence } from './run/runner-absence.ts';
import { type RunOf, type TaskState, tasksAmong } from './run/task-state.ts';
import { untilRuns } from './run/wait-for-task.ts';
import type { Session } from './session.ts';

/** The request for a session: with the named task, if any. */
export interface Asked {
  readonly task: string | undefined;
  readonly request: Omit<SessionRequest, 'id'>;
}

/**
 * The task and the command of `[task] -- command…` or `[task] command…`. As in Docker, the task may be omitted: without `--`, the first
 * word is the task if a task has this name and a command follows.
 */
export const taskAndCommand = (
  words: readonly string[],
  tasks: readonly TaskState[],
): { readonly task: string | undefined; readonly args: readonly string[] } => {
  const [first = '', second] = words;
  if (first === '--') return { task: undefined, args: words.slice(1) };
  if (second === '--') return { task: first, args: words.slice(2) };
  const isTask = second !== undefined && tasks.some(({ id }) => isCalled(id, first));
  return isTask ? { task: first, args: words.slice(1) } : { task: undefined, args: words };
};

/** Waits for a task that is about to run. Throws if no runner would start it. */
const untilStarted = async (session: Session, of: RunOf): Promise<void> => {
  const absence = await runnerAbsence(session, parseId(of.executorId, 'executor').location);
  if (absence !== undefined) throw new Error(absence);
  await untilRuns(session, of);
};

/** Opens a session with a task of an executor. */
export const talkTo = (
  session: Session,
  executor: string,
  located: Located,
  ask: (tasks: readonly TaskState[]) => Asked,
): Promise<TaskSession> => {
  const executorId = meantExecutor(session, executor, located);
  const talk = withLatestHandle(session, executorId, async (handle, { members }) => {
    const tasks = tasksAmong(members);
    const { task, request } = ask(tasks);
    const id = meantTask(executorId, tasks, task);
    if (tasks.some((each) => each.id === id && each.bound && each.task.state === 'bound'))
      await untilStarted(session, { executorId, taskId: id });
    return session.taskport.compositions.session(handle, { id, ...request }, session.call);
  });
  return ofRun(session, executorId, talk);
};
