import type { Checksum } from './checksum.ts';

/** How an archive may be compressed, and what a layer that is compressed so is called (OCI image specification, media types). */
export const layerMediaTypes = {
  none: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const;
export type Compression = keyof typeof layerMediaTypes;

/** What an OCI image says of one of its layers. */
export interface Layer {
  /** `sha256:` and hexadecimal digits, of the bytes as they are kept. */
  readonly digest: Checksum;
  /** The same, of the tar archive before it was compressed. */
  readonly diffId: Checksum;
  readonly mediaType: string;
  /** Bytes as they are kept. */
  readonly size: number;
}

/** A layer that is an element, of another element that refers to it. */
export interface ReferredLayer extends Layer {
  /** The element. */
  readonly id: string;
  /** Bytes that it unpacks to. */
  readonly unpackedSize: number;
  /** Where its data is kept. */
  readonly blob: string;
  /** The ID of the reference to it; the same for each place of a layer that an image has twice. */
  readonly reference: string;
}

/** A layer of this digest and size; `diffId` is absent where it is not compressed. */
export const toLayer = (
  digest: Checksum,
  size: number,
  { compression, diffId = digest }: { readonly compression: Compression; readonly diffId?: Checksum },
): Layer => ({ digest, diffId, mediaType: layerMediaTypes[compression], size });
