import type { Checksum } from '../checksum.ts';
import type { Descriptor, Platform } from './descriptor.ts';

/**
 * A document of a pushed image: `size` bytes from the offset `at` on, in the object that contains all of its
 * documents.
 */
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

/** A pushed OCI image, index or artifact: its manifest, and what is stored with it. */
export interface OciImage {
  readonly mediaType: string;
  /** The digest of the manifest, which is the first of the documents. */
  readonly digest: Checksum;
  readonly size: number;
  /** The object of the store that contains all documents, one after the other. */
  readonly blob: string;
  readonly config?: OciDocument;
  /** Other documents of an artifact. */
  readonly blobs?: readonly OciDocument[];
  readonly artifactType?: string;
  /** The subject to which it refers, which need not exist, and the facts that a list of referrers shows. */
  readonly subject?: Pick<Descriptor, 'digest'>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** For an index. */
  readonly manifests?: readonly IndexedManifest[];
}
