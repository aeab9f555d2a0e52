import type { Checksum } from '../../element/checksum.ts';
import { type Compression, type Layer, layerMediaTypes } from '../../element/layer.ts';

const compressions = Object.keys(layerMediaTypes) as Compression[];
const hexOf = (digest: Checksum): string => digest.slice('sha256:'.length);

/** Layers as text: an element may have a hundred ancestors' layers, and every read pays for all of them. */
export const packLayers = (layers: readonly Layer[]): string =>
  layers
    .map(({ digest, diffId, mediaType, size }) => {
      const compression = compressions.findIndex((each) => layerMediaTypes[each] === mediaType);
      return [hexOf(digest), diffId === digest ? '' : hexOf(diffId), compression, size].join(' ');
    })
    .join('\n');

export const unpackLayers = (text: string): Layer[] =>
  (text === '' ? [] : text.split('\n')).map((line) => {
    const [digest = '', diffId, compression, size] = line.split(' ');
    return {
      digest: `sha256:${digest}`,
      diffId: `sha256:${diffId || digest}`,
      mediaType: layerMediaTypes[compressions[Number(compression)] as Compression],
      size: Number(size),
    };
  });
