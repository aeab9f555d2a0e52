import { meantId } from '../meant-id.ts';
import { UsageError } from '../usage-error.ts';
import { shortOf } from './made-by-run.ts';
import type { TaskState } from './task-state.ts';

/** The name of a task among those of its executor. */
export const nameOfTask = (id: string): string => id.split('/').at(-1) ?? '';

/** Whether a text names this task: by its full or short ID, or by its name alone. */
export const isCalled = (id: string, text: string): boolean =>
  [id, shortOf(id), nameOfTask(id)].includes(text);

/** The only task, the only bound one, or the only running one. */
const onlyOf = (tasks: readonly TaskState[]): TaskState | undefined => {
  const bound = tasks.filter((each) => each.bound);
  const running = bound.filter(({ task }) => task.state === 'running');
  return [tasks, bound, running].find(({ length }) => length === 1)?.[0];
};

/** The task of an executor that a command means: the named one, which may have left if the text is its ID; else the only one. Throws `UsageError` with the names to choose from. */
export const meantTask = (
  executorId: string,
  tasks: readonly TaskState[],
  text: string | undefined,
): string => {
  const executor = shortOf(executorId);
  const names = tasks.map(({ id }) => nameOfTask(id)).join(', ');
  if (text === undefined) {
    const only = onlyOf(tasks);
    if (only) return only.id;
    throw new UsageError(
      tasks.length === 0
        ? `${executor} has no tasks`
        : `${executor} has several tasks; name one after it: ${names}`,
    );
  }
  const [only, ...others] = tasks.filter(({ id }) => isCalled(id, text));
  if (only && others.length === 0) return only.id;
  if (text.includes('/')) return meantId('task', text);
  // A command may ask about a task that has left.
  if (tasks.length === 0) return `${executorId}/tasks/${text}`;
  throw new UsageError(`${executor} has no task ${text}; name one of ${names}`);
};
