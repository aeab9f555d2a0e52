import type { Checksum } from './checksum.ts';
import type { ElementRecord } from './element.ts';
import type { Layer } from './layer.ts';
import { OCI_CONFIG, OCI_MANIFEST } from './registry/media-types.ts';

/** A document or layer of an image element, which clients find by its digest within the location. */
export interface Content {
  /** The element. */
  readonly id: string;
  readonly part: 'layer' | 'manifest' | 'config' | 'blob';
  readonly digest: Checksum;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /**
   * The object of the store that has the bytes, from the offset `at` on; absent if the bytes are made from the
   * element's record.
   */
  readonly blob?: string;
  readonly at?: number;
}

const pickDescriptor = ({ digest, mediaType, size }: Layer) => ({ digest, mediaType, size });

const partsOf = ({ attributes, layer, blob, oci, made }: ElementRecord): Omit<Content, 'id'>[] => {
  if (oci) {
    const { mediaType, digest, size, config, blobs = [] } = oci;
    const kept = { blob: oci.blob };
    return [
      { part: 'manifest', digest, mediaType, size, ...kept, at: 0 },
      ...(config ? [{ part: 'config' as const, ...config, ...kept }] : []),
      ...blobs.map((one) => ({ part: 'blob' as const, ...one, ...kept })),
    ];
  }
  const { digest } = attributes;
  const own =
    layer && blob !== undefined ? [{ ...pickDescriptor(layer), part: 'layer' as const, blob, at: 0 }] : [];
  if (!made || digest === undefined) return own;
  return [
    ...own,
    { part: 'manifest', digest, mediaType: OCI_MANIFEST, size: made.size },
    { part: 'config', ...made.config, mediaType: OCI_CONFIG },
  ];
};

/** The contents of an element, each digest once; none before the element is ready. */
export const contentsOf = (record: ElementRecord): readonly Content[] => {
  const { id, state } = record.attributes;
  if (state !== 'ready') return [];
  const parts = new Map(
    partsOf(record)
      .toReversed()
      .map((part) => [part.digest, { id, ...part }]),
  );
  return [...parts.values()].toReversed();
};

const ownLayers = ({ layer, layers, blob, attributes }: ElementRecord): readonly Layer[] | undefined => {
  if (layers) return layers;
  if (layer) return [layer];
  return blob === undefined && attributes.state === 'ready' ? [] : undefined;
};

/** The layers of an image, its ancestors' and its own, the bottom one first; undefined if some are not known. */
export const layersOf = (record: ElementRecord): readonly Layer[] | undefined => {
  const below = record.ancestors.length === 0 ? [] : record.below;
  const own = ownLayers(record);
  return (
    below && own && [...below, ...own.map((layer) => ({ ...pickDescriptor(layer), diffId: layer.diffId }))]
  );
};
