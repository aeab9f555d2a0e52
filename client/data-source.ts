import type { SignedRequest } from '../lib/element/upload/upload-schema.ts';

/** Bytes within a file of Node. */
export interface FileSlice {
  readonly path: string;
  /** The first of them, and how many there are. */
  readonly from: number;
  readonly size: number;
}

/** Bytes of which any range can be read, repeatedly. */
export interface ReadableData {
  readonly size: number;
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/**
 * Data for an element: bytes, a file of a browser, a stream, which is kept until it is there, in Node in a temporary file; in Node
 * also the path of a file, or a part of one.
 */
export type Data = string | FileSlice | ReadableData | Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** A source failed while its data was being sent; the cause says why. */
export class UnreadError extends Error {
  override readonly name = 'UnreadError';

  constructor(cause: unknown) {
    super('the data cannot be read', { cause });
  }
}

/** Data that can be read again from any offset. */
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
  /** Removes temporary files. */
  close(): Promise<void>;
}
