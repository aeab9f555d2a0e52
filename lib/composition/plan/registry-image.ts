import type { ComposedLayer } from './composed-container.ts';
import type { Refuse } from './refusal.ts';

/** The `ro` metadata by which an image without data names one that a registry keeps (ADR 0007). */
export const REGISTRY_IMAGE = 'registry/image';

const HOST = String.raw`(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:\d))(?::\d{1,5})?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
/** A reference of the distribution project with all optional parts: the host, and a tag or a digest. */
const REFERENCE = new RegExp(
  `^${HOST}(?:/${COMPONENT})+(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);
/** The longest part before the digest (Amazon ECS API, ContainerDefinition, image). */
const MAX_LENGTH = 255;

/** Whether the text names one image of one registry: `docker.io/library/alpine:3.20`, or `…@sha256:<hex>`. */
export const isRegistryImage = (text: string): boolean => {
  const [named = '', digest] = text.split('@');
  const path = named.slice(named.indexOf('/'));
  return named.length <= MAX_LENGTH && (digest !== undefined || path.includes(':')) && REFERENCE.test(text);
};

/** Refuses a text that names no image of a registry. */
export const refuseNoRegistryImage = (text: string, refuse: Refuse): void => {
  if (!isRegistryImage(text))
    refuse(
      '',
      `names ${JSON.stringify(text)} in \`ro.${REGISTRY_IMAGE}\`, which is no image of a registry by tag or digest: write it as \`registry/repository:tag\``,
    );
};

/** Whether the service keeps data of the layer. */
export const hasData = ({ checksum }: Pick<ComposedLayer, 'checksum'>): boolean => checksum !== undefined;

/** Whether the service keeps no data of a chain, and a registry keeps the image that it names. */
export const isKeptElsewhere = (layers: readonly ComposedLayer[]): boolean =>
  registryImageOf(layers) !== undefined && !layers.some(hasData);

/** The registry image that replaces a chain: the youngest layer that names one decides. */
export const registryImageOf = (layers: readonly ComposedLayer[]): string | undefined =>
  layers.findLast(({ registryImage }) => registryImage !== undefined)?.registryImage;
