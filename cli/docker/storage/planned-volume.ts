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

/** Whether it has writes that nobody saves: they belong to one executor. */
export const isWritten = ({ executorId, storageId, attachment }: Made): boolean =>
  executorId !== undefined && storageId !== undefined && attachment === undefined;

/** Whether tasks only read it: the runner can fill it again. */
export const isCache = ({ kind, executorId }: Made): boolean =>
  kind === 'cache' || (kind === 'image' && executorId === undefined);

/** Whether no data depends on it: its files are on an NFS server, or only an earlier version of the runner used it. */
export const isBare = ({ kind, executorId, attachment }: Made): boolean =>
  kind === 'volume' && executorId === undefined && attachment === undefined;

/**
 * The volume of the engine for storage of an executor. A volume with writes to save belongs to its attachment. Executors share storage
 * that tasks only read, if the contents are equal. Other writes belong to the executor: to a volume while it is bound, to an image while
 * it is joined.
 */
export const plannedVolume = (
  scope: Scope,
  one: ComposedStorage,
  { executorId }: Pick<Attempt, 'executorId'>,
  mountPoints: readonly string[],
): Planned => {
  const { id, kind, instance, mount, nfs, attachment } = one;
  if (nfs) {
    const made: Made = { kind: 'volume', storageId: id, instance };
    const name = nameOf(scope, { ...made, instance: hashOf(instance, [], nfs) });
    return { name, made, chain: [], driver: nfsDriver(id, nfs) };
  }
  const chain = chainOf(one);
  const checksums = chain.map(({ checksum }) => checksum);
  if (kind === 'volume' && attachment !== undefined) {
    const parents = chain.filter((layer) => layer.id !== id).map((layer) => [layer.id, layer.checksum]);
    const own: Made = { kind: 'volume', storageId: id, attachment };
    const made = { ...own, executorId, instance, parents: JSON.stringify(parents) };
    return { name: nameOf(scope, own), made, chain, driver: undefined };
  }
  if (mount.readOnly) {
    // The root of an image has the attributes of the engine, so a volume with the same archives differs.
    const made: Made = {
      kind: kind === 'image' ? 'image' : 'cache',
      instance: hashOf(checksums, mountPoints),
    };
    return { name: nameOf(scope, made), made: { ...made, storageId: id }, chain, driver: undefined };
  }
  const made: Made = { kind, executorId, storageId: id, instance };
  const name = nameOf(scope, { ...made, instance: hashOf(instance, checksums) });
  return { name, made, chain, driver: undefined };
};
