import type { ElementRecord } from './element.ts';

/**
 * The reason why an image has no layers to build or run on, such as an index or an artifact. Undefined for every
 * other image.
 */
export const lackOfLayers = ({ attributes, oci, layers, ancestors }: ElementRecord): string | undefined => {
  if (!oci || layers || ancestors.length > 0) return undefined;
  const { id } = attributes;
  if (!oci.manifests) return `${id} is an artifact, and has no layers: name an image`;
  const images = oci.manifests.map((each) => each.id).join(', ');
  return `${id} is an index, and has no layers of its own: name one of its images: ${images}`;
};
