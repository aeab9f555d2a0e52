import type * as z from 'zod/mini';
import { defined } from '../../defined.ts';
import { parseId } from '../../element/id.ts';
import type { ImageSpec } from '../../element/image-spec.ts';
import type { Frozen, Shown } from '../../shown.ts';
import { ROOT } from '../composition.ts';
import { effectiveSpec } from '../effective-spec.ts';
import { allowanceOf } from './allowance.ts';
import type { composedLayer, composedStorage, composedTask, containerPlan } from './container-schema.ts';
import { filledProcess } from './filled.ts';
import { labelsOf } from './label.ts';
import { type Obstacle, obstaclesOf } from './mount-under-file.ts';
import { ordersOf } from './orders.ts';
import { originsOf } from './origin.ts';
import type { Layer, PlanInput } from './plan-input.ts';
import { isKeptElsewhere, REGISTRY_IMAGE } from './registry-image.ts';
import { sharedOf } from './shared.ts';
import { filledTmpfs } from './tmpfs.ts';

export type ComposedLayer = Shown<typeof composedLayer>;

/** Storage, and its path in the tasks. */
export interface ComposedStorage extends Shown<typeof composedStorage> {
  /** A file at the mount path, or above it. */
  readonly obstacle?: Obstacle;
}

export type ComposedTask = Frozen<z.infer<typeof composedTask>>;

/**
 * The merged composition, independent of any engine: an executor, and the tasks that share its resources. Every
 * target renders this, or says why it cannot.
 */
export interface ComposedContainer
  extends Omit<Frozen<z.infer<typeof containerPlan>>, 'target' | 'storage' | 'image'> {
  readonly image?: { readonly id: string; readonly spec: ImageSpec };
  readonly storage: readonly ComposedStorage[];
}

/** A host name made of the executor's name (RFC 1123): up to 63 letters, digits and inner hyphens. */
const hostnameOf = ({ id, spec }: PlanInput['executor']): string =>
  spec.hostname ??
  parseId(id, 'executor')
    .name.replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/-$/, '');

const layerOf = ({ paths: _, ro, ...layer }: Layer): ComposedLayer => {
  const registryImage = ro[REGISTRY_IMAGE];
  return registryImage === undefined ? layer : { ...layer, registryImage };
};

/** Merges all inputs of a plan. It refuses nothing, since each target refuses what it cannot run. */
export const compose = ({ executor, image, storage, tasks, logs }: PlanInput): ComposedContainer => {
  const obstacles = obstaclesOf(storage);
  const composed = storage.map((one) => {
    const obstacle = obstacles.get(one);
    const layers = one.layers.map(layerOf);
    return obstacle ? { ...one, layers, obstacle } : { ...one, layers };
  });
  const root = composed.find(({ mount }) => mount.path === ROOT);
  const isOfRegistry = root !== undefined && isKeptElsewhere(root.layers);
  return {
    executor: { ...executor, hostname: hostnameOf(executor), ...sharedOf(executor.spec) },
    ...defined({ image }),
    storage: composed,
    tasks: tasks.map(({ id, attempt, boundBy, spec: joined, overridden = [] }) => {
      const spec = effectiveSpec(joined, image?.spec);
      const { resources } = executor.spec;
      return {
        id,
        attempt,
        ...defined({ boundBy }),
        spec,
        from: originsOf({ joined, overridden, effective: spec, imageId: image?.id, resources, isOfRegistry }),
        process: filledProcess(spec, isOfRegistry),
        tmpfs: filledTmpfs(spec),
        resources: allowanceOf(spec.resources, resources),
        labels: labelsOf({ id, spec }, executor.id, image?.spec),
        orders: ordersOf(spec, logs),
      };
    }),
    logs,
  };
};
