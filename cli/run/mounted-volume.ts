import { posix } from 'node:path';
import { meantId } from '../meant-id.ts';
import { UsageError } from '../usage-error.ts';

/** A volume, and its path in the task. */
export interface MountedVolume {
  readonly id: string;
  readonly mount: { readonly path: string; readonly readOnly: boolean };
}

/** The value of `--volume`: `<location>/<name>:/path[:ro]`, or `<name>:/path` in the default location. Throws `UsageError`. */
const parseVolume = (text: string): MountedVolume => {
  const [, named, path, how = 'rw'] =
    /^((?:volume:\/\/)?[^:]+(?::(?!\/)[^:]+)*):(\/[^:]*)(?::([a-z,]+))?$/.exec(text) ?? [];
  if (named === undefined || path === undefined)
    throw new UsageError(`--volume ${text} is not <volume>:/<path>, or <volume>:/<path>:ro`);
  if (/^[./~]/.test(named))
    throw new UsageError(
      `--volume ${text}: ${named} is a path of this machine, which no task has: \`taskport volume push volumes/<name> ${named}\` makes a volume of it`,
    );
  if (how !== 'ro' && how !== 'rw') throw new UsageError(`--volume ${text}: ${how} is neither ro nor rw`);
  return {
    id: meantId('volume', named),
    mount: { path: posix.normalize(path), readOnly: how === 'ro' },
  };
};

/** The values of all `--volume`: each volume has one path. Throws `UsageError`. */
export const parseVolumes = (texts: readonly string[]): MountedVolume[] => {
  const volumes = texts.map(parseVolume);
  const again = volumes.findIndex(({ id }, at) => volumes.findIndex((other) => other.id === id) < at);
  if (again >= 0)
    throw new UsageError(
      `--volume ${texts[again]}: a task has a volume at one path, and this one is at another`,
    );
  return volumes;
};
