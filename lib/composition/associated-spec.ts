import { posix } from 'node:path';
import { defined } from '../defined.ts';
import type { TaskSpec } from '../element/task-spec.ts';

/** A path with `..` ends at the root of the storage, as it would in a container of that storage alone. */
const underMount = (mountPath: string, path: string): string =>
  path.startsWith('/') ? posix.join(mountPath, posix.normalize(path)).replace(/(.)\/$/, '$1') : path;

const firstUnderMount = (mountPath: string, [first, ...rest]: readonly string[]): string[] =>
  first === undefined ? [] : [underMount(mountPath, first), ...rest];

/**
 * The specification of a task that came along with storage. Its absolute paths (the program, the working
 * directory, the health check's command) become relative to the mount path of the storage. Names that the path
 * variable resolves stay.
 */
export const associatedSpec = (spec: TaskSpec, mountPath: string): TaskSpec => {
  const { process, healthCheck } = spec;
  return {
    ...spec,
    ...defined({
      process: process && {
        ...process,
        ...defined({
          entrypoint: process.entrypoint && firstUnderMount(mountPath, process.entrypoint),
          args: process.entrypoint ? process.args : process.args && firstUnderMount(mountPath, process.args),
          cwd: process.cwd === undefined ? undefined : underMount(mountPath, process.cwd),
        }),
      },
      healthCheck: healthCheck && {
        ...healthCheck,
        ...defined({ command: healthCheck.command && firstUnderMount(mountPath, healthCheck.command) }),
      },
    }),
  };
};
