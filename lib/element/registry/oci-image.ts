import type { Checksum } from '../checksum.ts';
import type { Descriptor, Platform } from './descriptor.ts';

/** A document of an image that was pushed: `size` bytes from the offset `at` on, of the object that has all documents. */
export interface OciDocument {
  readonly mediaType: string;
  readonly digest: Checksum;
  readonly at: number;
  readonly size: number;
}

/** A manifest that an index names, and the element that has it. */
export interface IndexedManifest {
  readonly digest: Checksum;
  readonly id: string;
  /** The ID of the reference to it. */
  readonly reference: string;
  readonly platform?: Platform;
}

/** An OCI image, an index or an artifact as it was pushed: its manifest, and what is kept beside that. */
export interface OciImage {
  readonly mediaType: string;
  /** Of the manifest, which is the first of the documents. */
  readonly digest: Checksum;
  readonly size: number;
  /** The object of the store that all documents are in, one after the other. */
  readonly blob: string;
  readonly config?: OciDocument;
  /** Other documents of an artifact. */
  readonly blobs?: readonly OciDocument[];
  readonly artifactType?: string;
  /** What it refers to, which need not be there, and what is told of it to who asks for what refers to that. */
  readonly subject?: Pick<Descriptor, 'digest'>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of an index. */
  readonly manifests?: readonly IndexedManifest[];
}
