import { ROOT } from '../composition.ts';
import { parentsFirst } from './mount-order.ts';
import type { OciStorage } from './oci-schema.ts';

/** OCI config.md, Mounts. */
export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const mount = (destination: string, type: string, source: string, ...options: string[]): OciMount => ({
  destination,
  type,
  source,
  options,
});

/** What programs expect of Linux (OCI config-linux.md, Default Filesystems), as `runc spec` mounts it. */
const system: readonly OciMount[] = [
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
  mount('/dev/shm', 'tmpfs', 'shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
  mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
  mount('/sys', 'sysfs', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
];

/**
 * Storage is mounted without devices and without set-user-ID: who may write to a volume gains neither by what
 * is in it. Programs that need them belong into the root filesystem.
 */
const bind = ({ mountPath, path, readOnly }: OciStorage): OciMount =>
  mount(mountPath, 'bind', path, 'rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev');

/** All mounts below the root, parents first; storage takes the place of what would be at its path otherwise. */
export const ociMounts = (storage: readonly OciStorage[]): OciMount[] => {
  const below = storage.filter(({ mountPath }) => mountPath !== ROOT);
  const taken = below.map(({ mountPath }) => mountPath);
  const others = system.filter(({ destination }) => !taken.includes(destination));
  return parentsFirst([...others, ...below.map(bind)], ({ destination }) => destination);
};
