import type { Shown } from '../shown.ts';
import type { Checksum } from './checksum.ts';
import type { uploadedPart } from './upload/complete-upload.ts';
import type { SignedRequest } from './upload/upload-schema.ts';

/** A part of a multipart upload as the store has acknowledged it. */
export type UploadedPart = Shown<typeof uploadedPart>;

/** Data that a multipart upload puts together. */
export interface Multipart {
  /** The store's name for the upload. */
  readonly id: string;
  /** Bytes of each part but the last. */
  readonly partSize: number;
}

/** What the store says of data. */
export interface StoredBlob {
  /** Bytes. */
  readonly size: number;
  /** Where the store knows one of the whole. */
  readonly checksum?: Checksum;
}

/** What goes of data when nothing points to it. Every method may throw `unavailable`. */
export interface DiscardedBlobs {
  /** Deletes the bytes and what is beside them; that there are none is fine. */
  remove(key: string): Promise<void>;
  /** Gives a multipart upload up, with its parts; that there is none is fine. */
  abortMultipart(key: string, id: string): Promise<void>;
}

/** Keeps data under flat keys that are never used twice. Every method may throw `unavailable`. */
export interface BlobStore extends DiscardedBlobs {
  /**
   * Whether the store holds a signed request to its checksum and its length, and to writing once. One that
   * does not may be written to by an old URL at any time, so what came by URL is copied before it is believed.
   */
  readonly enforces: boolean;
  /** Stores the bytes; the store is given their SHA-256 to check. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Stores the index of an archive's paths beside its bytes, with which it is removed. */
  putPaths(key: string, index: Uint8Array): Promise<void>;
  /** That index, as it comes; undefined where there is none. */
  readPaths(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** A URL that answers the bytes to GET or HEAD, for some minutes. */
  url(key: string, method: 'GET' | 'HEAD'): Promise<string>;
  /** The object under the key, or undefined. */
  stat(key: string): Promise<StoredBlob | undefined>;
  /** The bytes, as they come; all of them, or a number of them from an offset on. */
  read(
    key: string,
    part?: { readonly at: number; readonly size: number },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Copies the bytes within the store, and nothing that is beside them. */
  copy(from: string, to: string): Promise<void>;
  /** Signs the one request that puts the data, good for `seconds`. */
  signPut(key: string, size: number, checksum: Checksum, seconds: number): Promise<SignedRequest>;
  /** Begins a multipart upload, and answers the store's name for it. */
  beginMultipart(key: string): Promise<string>;
  /** Signs the request that puts a part (1, 2, 3 …), good for `seconds`. */
  signPart(
    key: string,
    multipart: Multipart,
    size: number,
    number: number,
    seconds: number,
  ): Promise<SignedRequest>;
  /**
   * Puts the parts of data of this size together; that it was done before is fine. Throws `data-error` for parts
   * that are missing, or not what the store has.
   */
  completeMultipart(
    key: string,
    multipart: Multipart,
    size: number,
    parts: readonly UploadedPart[] | undefined,
  ): Promise<void>;
}
