import { defined } from '../../defined.ts';
import type { ComposedStorage } from './composed-container.ts';
import type { DockerPlan } from './docker-schema.ts';
import type { Refuse } from './refusal.ts';
import { hasData, refuseNoRegistryImage, registryImageOf } from './registry-image.ts';

/** The most layers that the engine's storage stacks (overlay2: 128, including those of the container itself). */
export const MOST_LAYERS = 125;

/** The image from which each task gets a root filesystem of its own; undefined if that is empty. */
export const dockerImage = (root: ComposedStorage, refuse: Refuse): DockerPlan['image'] => {
  const { id, kind, layers, digest } = root;
  if (kind !== 'image')
    refuse('', 'is a volume, and Docker mounts none at `/`: join an image at `/`, and the volume below it');
  const own = layers.filter(hasData);
  if (own.length > MOST_LAYERS)
    refuse('', `has ${own.length} layers, and Docker takes ${MOST_LAYERS}: push it as fewer, larger ones`);
  const registryImage = registryImageOf(layers);
  if (registryImage === undefined) return own.length === 0 ? undefined : { id, ...defined({ digest }) };
  const [first] = own;
  if (first !== undefined)
    refuse(
      '',
      `has the data of ${first.id} over ${registryImage}, and Docker pulls an image from one registry: push all of it here`,
    );
  refuseNoRegistryImage(registryImage, refuse);
  return { id, registryImage };
};
