import type { Checksum } from './checksum.ts';

/**
 * The ways to compress an archive, and the media type of a layer with each (OCI image specification, media
 * types).
 */
export const layerMediaTypes = {
  none: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const;
export type Compression = keyof typeof layerMediaTypes;

/** A layer of an OCI image. */
export interface Layer {
  /** `sha256:` and hexadecimal digits, of the bytes as they are stored. */
  readonly digest: Checksum;
  /** The digest of the tar archive before its compression, in the same form. */
  readonly diffId: Checksum;
  readonly mediaType: string;
  /** Bytes as they are stored. */
  readonly size: number;
}

/** A layer that is an element of its own, to which another element refers. */
export interface ReferredLayer extends Layer {
  /** The element. */
  readonly id: string;
  /** Bytes that it unpacks to. */
  readonly unpackedSize: number;
  /** The key of its data. */
  readonly blob: string;
  /** The ID of the reference to it; an image that has a layer twice refers to it once. */
  readonly reference: string;
}

/** A layer with this digest and size; without `diffId` it is not compressed. */
export const toLayer = (
  digest: Checksum,
  size: number,
  { compression, diffId = digest }: { readonly compression: Compression; readonly diffId?: Checksum },
): Layer => ({ digest, diffId, mediaType: layerMediaTypes[compression], size });
