import type { Shown } from '../shown.ts';
import type { Checksum } from './checksum.ts';
import type { uploadedPart } from './upload/complete-upload.ts';
import type { SignedRequest } from './upload/upload-schema.ts';

/** A part of a multipart upload as the store has acknowledged it. */
export type UploadedPart = Shown<typeof uploadedPart>;

/** Data that the store puts together from parts. */
export interface Multipart {
  /** The store's name for the upload. */
  readonly id: string;
  /** Bytes of each part but the last. */
  readonly partSize: number;
}

/** The facts of the store about data. */
export interface StoredBlob {
  /** Bytes. */
  readonly size: number;
  /** The checksum of the whole, if the store knows it. */
  readonly checksum?: Checksum;
}

/** Removes data that no element owns any more. Every method may throw `unavailable`. */
export interface DiscardedBlobs {
  /** Deletes the bytes and the index beside them; they need not exist. */
  remove(key: string): Promise<void>;
  /** Aborts a multipart upload and deletes its parts; it need not exist. */
  abortMultipart(key: string, id: string): Promise<void>;
}

/** Keeps data under flat keys, each of which is used once. Every method may throw `unavailable`. */
export interface BlobStore extends DiscardedBlobs {
  /**
   * Whether the store holds a signed request to its checksum, its length and a single write. Otherwise an old
   * URL may write at any time, so data that came by URL is copied before it is verified.
   */
  readonly enforces: boolean;
  /** Stores the bytes with their SHA-256, which the store checks. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Stores the index of an archive's paths beside its bytes; both are removed together. */
  putPaths(key: string, index: Uint8Array): Promise<void>;
  /** The index of an archive's paths, as it arrives; undefined if there is none. */
  readPaths(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** A URL that answers GET or HEAD of the bytes, for some minutes. */
  url(key: string, method: 'GET' | 'HEAD'): Promise<string>;
  /** The object under the key, or undefined. */
  stat(key: string): Promise<StoredBlob | undefined>;
  /** The bytes as they arrive: all of them, or a part from an offset on. */
  read(
    key: string,
    part?: { readonly at: number; readonly size: number },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Copies the bytes within the store, without the index beside them. */
  copy(from: string, to: string): Promise<void>;
  /** Signs the one request that uploads the data, valid for `seconds`. */
  signPut(key: string, size: number, checksum: Checksum, seconds: number): Promise<SignedRequest>;
  /** Begins a multipart upload, and answers the store's ID of it. */
  beginMultipart(key: string): Promise<string>;
  /** Signs the request that uploads a part (1, 2, 3 …), valid for `seconds`. */
  signPart(
    key: string,
    multipart: Multipart,
    size: number,
    number: number,
    seconds: number,
  ): Promise<SignedRequest>;
  /**
   * Puts the parts of data of this size together; a repeat is no error. Throws `data-error` for parts that are
   * missing, or differ from those in the store.
   */
  completeMultipart(
    key: string,
    multipart: Multipart,
    size: number,
    parts: readonly UploadedPart[] | undefined,
  ): Promise<void>;
}
