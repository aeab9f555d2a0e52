import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { ofTask, type Refuse } from './refusal.ts';

/** Program and arguments. */
export const commandOf = ({
  process: { entrypoint = [], args = [] },
}: Pick<ComposedTask, 'process'>): string[] => [...entrypoint, ...args];

/** Refuses a task without a command, unless its image is in a registry and may have one. */
export const refuseNoCommand = (task: Pick<ComposedTask, 'process' | 'from'>, refuse: Refuse): void => {
  if (commandOf(task).length === 0 && task.from['process.args'] !== 'engine')
    refuse(
      'process.args',
      'is missing, and no image at `/` says what to run: set it, or join an image that does',
    );
};

/** The fields by which a task can replace a field of its image, if those are others or several. */
const saidInstead: Readonly<Record<string, readonly string[]>> = {
  'process.entrypoint': ['process.entrypoint'],
  'process.args': ['process.args', 'process.entrypoint'],
  'process.env': ['process.env['],
  'process.cwd': ['process.cwd'],
  'process.user': ['process.user.uid', 'process.user.username'],
  'stop.signal': ['stop.signal'],
  'healthCheck.command': ['healthCheck.command'],
};

/**
 * Refuses tasks that would run otherwise than their image says, because no field can express it and they do not
 * replace it.
 */
export const refuseUnexpressed = ({ image, tasks }: ComposedContainer, report: Refuse): void => {
  for (const { field, reason } of image?.spec.unexpressed ?? []) {
    const instead = saidInstead[field] ?? [];
    for (const { id, from } of instead.length === 0 ? [] : tasks) {
      const isSaid = Object.entries(from).some(
        ([path, origin]) =>
          (origin === 'task' || origin === 'override') && instead.some((said) => path.startsWith(said)),
      );
      if (!isSaid)
        ofTask(report, id)(
          field,
          `is set in ${image?.id}, and Taskport cannot keep it as it ${reason}: set it in the task`,
        );
    }
  }
};
