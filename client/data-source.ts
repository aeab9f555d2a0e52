import type { SignedRequest } from '../lib/element/upload/upload-schema.ts';

/** A range of a file in Node. */
export interface FileSlice {
  readonly path: string;
  /** Offset of the first byte, and the number of bytes. */
  readonly from: number;
  readonly size: number;
}

/** Bytes that can be read repeatedly, from any offset. */
export interface ReadableData {
  readonly size: number;
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/**
 * Data for an element: bytes, a file of a browser, or a stream, which is buffered until the upload ends (in Node in a temporary file). In Node
 * also the path of a file, or a range of one.
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
  /** `sha256:hex`; it reads the data once to compute it. */
  checksum(onBytes: (bytes: number) => void): Promise<string>;
  /** All bytes. */
  bytes(): Promise<Uint8Array>;
  /** Sends the bytes of a signed request, unchanged. Answers the entity tag. Throws `StoreError`, `UnreadError`, and network errors. */
  put(
    request: SignedRequest,
    signal: AbortSignal | undefined,
    onBytes: (bytes: number) => void,
  ): Promise<string>;
  /** Removes temporary files. */
  close(): Promise<void>;
}
