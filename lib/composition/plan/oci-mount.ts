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

/** Bytes as an option of a tmpfs says them, in KiB where they are whole. */
const inKiB = (bytes: number): string => (bytes % 1024 === 0 ? `${bytes / 1024}k` : String(bytes));

const mount = (destination: string, type: string, source: string, ...options: string[]): OciMount => ({
  destination,
  type,
  source,
  options,
});

/** What programs expect of Linux (OCI config-linux.md, Default Filesystems), as `runc spec` mounts it. */
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
 * Storage is mounted without devices and without set-user-ID: who may write to a volume gains neither by what
 * is in it. Programs that need them belong into the root filesystem.
 */
const bind = ({ mountPath, path, readOnly }: OciStorage): OciMount =>
  mount(mountPath, 'bind', path, 'rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev');

const inMemory = (one: Tmpfs): OciMount =>
  mount(one.path, 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'nodev', ...tmpfsOptions(one));

/** All mounts below the root, parents first; what is asked for takes the place of what would be at its path otherwise. */
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
