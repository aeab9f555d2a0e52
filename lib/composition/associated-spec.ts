import { posix } from 'node:path';
import { defined } from '../defined.ts';
import type { TaskSpec } from '../element/task-spec.ts';

/** A path that climbs ends at the storage's own root, as it would if that were all there is. */
const below = (mountPath: string, path: string): string =>
  path.startsWith('/') ? posix.join(mountPath, posix.normalize(path)).replace(/(.)\/$/, '$1') : path;

const firstBelow = (mountPath: string, [first, ...rest]: readonly string[]): string[] =>
  first === undefined ? [] : [below(mountPath, first), ...rest];

/**
 * The specification of a task that came along with storage: its absolute paths (the program, the working directory,
 * the health check's command) are taken relative to where the storage is mounted. Names that the path variable
 * resolves stay.
 */
export const associatedSpec = (spec: TaskSpec, mountPath: string): TaskSpec => {
  const { process, healthCheck } = spec;
  return {
    ...spec,
    ...defined({
      process: process && {
        ...process,
        ...defined({
          entrypoint: process.entrypoint && firstBelow(mountPath, process.entrypoint),
          args: process.entrypoint ? process.args : process.args && firstBelow(mountPath, process.args),
          cwd: process.cwd === undefined ? undefined : below(mountPath, process.cwd),
        }),
      },
      healthCheck: healthCheck && {
        ...healthCheck,
        ...defined({ command: healthCheck.command && firstBelow(mountPath, healthCheck.command) }),
      },
    }),
  };
};
