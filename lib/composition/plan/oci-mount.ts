import { ROOT } from '../composition.ts';
import { parentsFirst } from './mount-order.ts';
import type { OciStorage } from './oci-schema.ts';
import { type Tmpfs, tmpfsOptions } from './tmpfs.ts';

/** OCI config.md, Mounts. */
export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** Bytes in the form of a tmpfs option, in KiB if they are whole. */
const inKiB = (bytes: number): string => (bytes % 1024 === 0 ? `${bytes / 1024}k` : String(bytes));

const mount = (destination: string, type: string, source: string, ...options: string[]): OciMount => ({
  destination,
  type,
  source,
  options,
});

/** The mounts that programs expect on Linux (OCI config-linux.md, Default Filesystems), as `runc spec` makes them. */
const systemMounts = (shmSize: number): readonly OciMount[] => [
  mount('/proc', 'proc', 'proc'),
  mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
  mount(
    '/dev/pts',
    'devpts',
    'devpts',
    'nosuid',
    'noexec',
    'newinstance',
    'ptmxmode=0666',
    'mode=0620',
    'gid=5',
  ),
  mount('/dev/shm', 'tmpfs', 'shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', `size=${inKiB(shmSize)}`),
  mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
  mount('/sys', 'sysfs', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
];

/**
 * Storage is mounted without devices and without set-user-ID, so that a user who may write to a volume gains no
 * rights by files in it. Programs that need these belong into the root filesystem.
 */
const bind = ({ mountPath, path, readOnly }: OciStorage): OciMount =>
  mount(mountPath, 'bind', path, 'rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev');

const inMemory = (one: Tmpfs): OciMount =>
  mount(one.path, 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'nodev', ...tmpfsOptions(one));

/** All mounts below the root, parents first. A mount of the plan replaces a default one at its path. */
export const ociMounts = (
  storage: readonly OciStorage[],
  tmpfs: readonly Tmpfs[],
  shmSize: number,
): OciMount[] => {
  const asked = [...storage.filter(({ mountPath }) => mountPath !== ROOT).map(bind), ...tmpfs.map(inMemory)];
  const taken = asked.map(({ destination }) => destination);
  const others = systemMounts(shmSize).filter(({ destination }) => !taken.includes(destination));
  return parentsFirst([...others, ...asked], ({ destination }) => destination);
};
