import { defined } from '../defined.ts';
import { envOver } from '../element/environment.ts';
import type { ImageSpec } from '../element/image-spec.ts';
import type { TaskSpec } from '../element/task-spec.ts';

type Process = NonNullable<TaskSpec['process']>;
type User = NonNullable<Process['user']>;

/** The command: a task's `args` replace those of the image, and its `entrypoint` replaces both. */
const mergedCommand = (task: Process, image: Process): Pick<Process, 'entrypoint' | 'args'> => {
  if (task.entrypoint !== undefined) return { entrypoint: task.entrypoint, args: task.args };
  return { entrypoint: image.entrypoint, args: task.args ?? image.args };
};

/** The user and group, both from the task or both from the image: a mixture would be a user that neither named. */
const userOf = (task: User | undefined, image: User | undefined): User | undefined => {
  if (!task || !image) return task ?? image;
  if (task.uid !== undefined || task.username !== undefined) return task;
  const { gid, groupname, ...user } = image;
  const isGrouped = task.gid !== undefined || task.groupname !== undefined;
  return { ...user, ...(isGrouped ? {} : defined({ gid, groupname })), ...task };
};

const processOf = (task: Process, image: Process, secrets: ReadonlySet<string>): Process => {
  const variables = (image.env ?? []).filter(({ name }) => !secrets.has(name));
  const env = envOver(task.env ?? [], variables);
  return {
    ...task,
    ...defined({
      ...mergedCommand(task, image),
      env: env.length === 0 ? task.env : env,
      cwd: task.cwd ?? image.cwd,
      user: userOf(task.user, image.user),
    }),
  };
};

/** The health check: that of the image does not apply to another command. */
const healthCheckOf = (
  task: TaskSpec['healthCheck'],
  image: ImageSpec['healthCheck'],
): TaskSpec['healthCheck'] => (task?.command === undefined && image ? { ...image, ...task } : task);

/** The specification by which a task runs: the task's fields, and those of its image where the task sets none. */
export const effectiveSpec = (task: TaskSpec, image: ImageSpec = {}): TaskSpec => {
  const secrets = (task.secrets ?? []).filter(({ target }) => target === 'env').map(({ name }) => name);
  return {
    ...task,
    ...defined({
      process:
        (task.process ?? image.process) &&
        processOf(task.process ?? {}, image.process ?? {}, new Set(secrets)),
      stop: (task.stop ?? image.stop) && { ...image.stop, ...task.stop },
      healthCheck: healthCheckOf(task.healthCheck, image.healthCheck),
      annotations: image.labels ? { ...image.labels, ...task.annotations } : task.annotations,
    }),
  };
};
