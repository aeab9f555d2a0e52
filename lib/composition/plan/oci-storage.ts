import { elementPath } from '../../element/element-path.ts';
import { parseId } from '../../element/id.ts';
import { rules } from '../../kind/index.ts';
import { ROOT } from '../composition.ts';
import type { ComposedLayer, ComposedStorage } from './composed-container.ts';
import { isWithin } from './mount-order.ts';
import type { OciLayer, OciStorage } from './oci-schema.ts';
import { ofStorage, type Refuse } from './refusal.ts';
import { hasData, registryImageOf } from './registry-image.ts';

const layerOf = ({ id, checksum, size }: ComposedLayer): OciLayer => ({
  id,
  checksum,
  size,
  href: `${elementPath(parseId(id, 'id'))}/data`,
});

const storageAt = (
  path: string,
  { id, kind, instance, mount, layers, capacity, nfs }: ComposedStorage,
  readOnly: boolean,
  report: Refuse,
): Omit<OciStorage, 'mountPoints'> => {
  const refuse = ofStorage(report, id);
  const own = layers.filter(hasData);
  const elsewhere = registryImageOf(layers);
  if (elsewhere !== undefined)
    refuse('', `begins as ${elsewhere}, whose bytes are in another registry: push all of it here`);
  else if (own.length === 0 && kind === 'image')
    refuse('', 'has no data, and neither has any ancestor: join an image that has');
  return {
    id,
    kind,
    path,
    mountPath: mount.path,
    readOnly,
    writable: readOnly ? undefined : rules[kind].keepsWrites ? 'volume' : 'layer',
    instance,
    capacity,
    layers: own.map(layerOf),
    nfs,
  };
};

/** The mount points of other storage in this one, which is the innermost that contains them. */
const mountPointsIn = (
  { mountPath }: Pick<OciStorage, 'mountPath'>,
  others: readonly Pick<OciStorage, 'mountPath'>[],
): string[] => {
  const inside = others
    .map((other) => other.mountPath)
    .filter((path) => path !== mountPath && isWithin(path, mountPath));
  return inside
    .filter((path) => !inside.some((between) => between !== path && isWithin(path, between)))
    .map((path) => path.slice(mountPath.length + 1));
};

/**
 * The root filesystem first, then all others in the order of their joins. `readOnlyRoot` makes the root
 * read-only, whatever its mount says.
 */
export const ociStorage = (
  storage: readonly ComposedStorage[],
  readOnlyRoot: boolean,
  refuse: Refuse,
): OciStorage[] => {
  const isRoot = ({ mount }: ComposedStorage): boolean => mount.path === ROOT;
  const roots = storage
    .filter(isRoot)
    .map((root) => storageAt('rootfs', root, root.mount.readOnly || readOnlyRoot, refuse));
  const others = storage
    .filter((one) => !isRoot(one))
    .map((one, at) => storageAt(`storage/${at + 1}`, one, one.mount.readOnly, refuse));
  return [
    ...roots.map((root) => ({ ...root, mountPoints: [] })),
    ...others.map((one) => ({ ...one, mountPoints: mountPointsIn(one, others) })),
  ];
};
