import { meantId } from '../meant-id.ts';
import { UsageError } from '../usage-error.ts';
import { shortOf } from './made-by-run.ts';
import type { TaskState } from './task-state.ts';

const nameOf = (id: string): string => id.split('/').at(-1) ?? '';

/** Whether a text names this task: by its ID, in full or short, or by its name alone. */
export const isCalled = (id: string, text: string): boolean => [id, shortOf(id), nameOf(id)].includes(text);

/** The only one there is, that is bound, that runs. */
const onlyOf = (tasks: readonly TaskState[]): TaskState | undefined => {
  const bound = tasks.filter((each) => each.bound);
  const running = bound.filter(({ task }) => task.state === 'running');
  return [tasks, bound, running].find(({ length }) => length === 1)?.[0];
};

/**
 * The task of an executor that is meant: the one that is named, which may have left by now where its ID is; else the only one. Throws `UsageError` that
 * names those to choose among.
 */
export const meantTask = (
  executorId: string,
  tasks: readonly TaskState[],
  text: string | undefined,
): string => {
  const executor = shortOf(executorId);
  const names = tasks.map(({ id }) => nameOf(id)).join(', ');
  if (text === undefined) {
    const only = onlyOf(tasks);
    if (only) return only.id;
    throw new UsageError(
      tasks.length === 0
        ? `${executor} has no tasks`
        : `${executor} has several tasks, say which after its name: ${names}`,
    );
  }
  const [only, ...others] = tasks.filter(({ id }) => isCalled(id, text));
  if (only && others.length === 0) return only.id;
  if (text.includes('/')) return meantId('task', text);
  // One that has left may still be asked about.
  if (tasks.length === 0) return `${executorId}/tasks/${text}`;
  throw new UsageError(`${executor} has no task called ${text}: say one of ${names}`);
};
