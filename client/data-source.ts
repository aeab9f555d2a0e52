import type { SignedRequest } from '../lib/element/upload/upload-schema.ts';

/** Bytes within a file of Node. */
export interface FileSlice {
  readonly path: string;
  /** The first of them, and how many there are. */
  readonly from: number;
  readonly size: number;
}

/** Bytes that can be read from any of them to before another, again and again. */
export interface ReadableData {
  readonly size: number;
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/**
 * Data for an element: bytes, a file of a browser, a stream, which is kept until it is there, in Node in a temporary file; in Node
 * also the path of a file, or a part of one.
 */
export type Data = string | FileSlice | ReadableData | Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** Data could not be read while it was sent; the cause says why. */
export class UnreadError extends Error {
  override readonly name = 'UnreadError';

  constructor(cause: unknown) {
    super('the data cannot be read', { cause });
  }
}

/** Data that can be read again from anywhere. */
export interface DataSource {
  /** Bytes. */
  readonly size: number;
  /** `sha256:hex`; read for it once. */
  checksum(onBytes: (bytes: number) => void): Promise<string>;
  /** All of it. */
  bytes(): Promise<Uint8Array>;
  /**
   * Sends the bytes that a signed request is for, as it stands. Answers the entity tag. Throws `StoreError`, `UnreadError`, and what
   * the network says.
   */
  put(
    request: SignedRequest,
    signal: AbortSignal | undefined,
    onBytes: (bytes: number) => void,
  ): Promise<string>;
  /** Forgets what was kept for it. */
  close(): Promise<void>;
}
