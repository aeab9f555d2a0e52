import { createHash } from 'node:crypto';
import type { ComposedStorage } from '../../../lib/composition/plan/composed-container.ts';
import { hasData, registryImageOf } from '../../../lib/composition/plan/registry-image.ts';
import type { Attempt } from '../../../lib/execution/attempt.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { type Made, nameOf, type Scope } from '../labels.ts';
import { type DriverConfig, nfsDriver } from './driver.ts';

const hashOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** The data with which the storage begins. */
const chainOf = ({ id, kind, layers }: ComposedStorage): ComposedStorage['layers'] => {
  const elsewhere = registryImageOf(layers);
  if (elsewhere !== undefined)
    throw new LaunchError(`${id} begins as ${elsewhere}, whose bytes are in a registry and not here`);
  const own = layers.filter(hasData);
  if (own.length === 0 && kind === 'image')
    throw new LaunchError(`${id} has no data, and neither has any ancestor`);
  return own;
};

/** The engine's volume for a member. */
export interface Planned {
  readonly name: string;
  readonly made: Made;
  readonly chain: ComposedStorage['layers'];
  readonly driver: DriverConfig | undefined;
}

/** Whether tasks write to it; images that are only read are shared. */
export const isWritten = ({ kind, executorId }: Made): boolean =>
  kind === 'volume' || executorId !== undefined;

/**
 * Which volume of the engine it is: a volume that an executor writes to and that is saved belongs to its attachment; a read image is
 * shared by its contents; a written image belongs to the executor while it has joined.
 */
export const plannedVolume = (
  scope: Scope,
  one: ComposedStorage,
  { executorId }: Pick<Attempt, 'executorId'>,
  mountPoints: readonly string[],
): Planned => {
  const { id, kind, instance, mount, nfs, attachment } = one;
  const chain = nfs ? [] : chainOf(one);
  const checksums = chain.map(({ checksum }) => checksum);
  const driver = nfs && nfsDriver(id, nfs);
  if (kind === 'volume' && attachment !== undefined) {
    const parents = chain.filter((layer) => layer.id !== id).map((layer) => [layer.id, layer.checksum]);
    const own: Made = { kind: 'volume', storageId: id, attachment };
    const made = { ...own, executorId, instance, parents: JSON.stringify(parents) };
    return { name: nameOf(scope, own), made, chain, driver };
  }
  if (kind === 'volume') {
    const made: Made = { kind, storageId: id, instance };
    const name = nameOf(scope, { ...made, instance: hashOf(instance, checksums, nfs) });
    return { name, made, chain, driver };
  }
  if (mount.readOnly) {
    const made: Made = { kind: 'image', instance: hashOf(checksums, mountPoints) };
    return { name: nameOf(scope, made), made: { ...made, storageId: id }, chain, driver };
  }
  const made: Made = { kind: 'image', executorId, storageId: id, instance };
  const name = nameOf(scope, { ...made, instance: hashOf(instance, checksums) });
  return { name, made, chain, driver };
};
