/** Types for the used part of s3rver, which has none of its own. */
declare module '@20minutes/s3rver' {
  import type { ReadStream } from 'node:fs';
  import type { IncomingMessage, RequestListener } from 'node:http';

  interface S3rverOptions {
    readonly directory: string;
    readonly silent: boolean;
    readonly allowMismatchedSignatures: boolean;
    readonly vhostBuckets: boolean;
    readonly configureBuckets: readonly { readonly name: string; readonly configs: readonly string[] }[];
  }

  interface Found {
    /** Absent for a range that the object does not have. */
    readonly content: ReadStream | null;
  }

  interface Written {
    readonly size: number;
    readonly md5: string;
  }

  /** The object store of s3rver, which keeps files. */
  export interface ObjectStore {
    getResourcePath(bucket: string, key: string, resource: string): string;
    getBucket(bucket: string): Promise<unknown>;
    getSubresource(bucket: string, key: string | undefined, type: string): Promise<unknown>;
    getMetadata(bucket: string, key: string): Promise<unknown>;
    putMetadata(bucket: string, key: string, metadata: object, md5: string): Promise<void>;
    getObject(bucket: string, key: string, range: object): Promise<Found | null>;
    putContent(path: string, content: Buffer | AsyncIterable<Buffer>): Promise<[size: number, md5: string]>;
    copyObject(fromBucket: string, from: string, toBucket: string, to: string): Promise<unknown>;
    putObjectMultipart(
      bucket: string,
      uploadId: string,
      parts: readonly { readonly number: number; readonly etag: string }[],
    ): Promise<Written>;
  }

  export default class S3rver {
    readonly store: ObjectStore;
    /** What answers a call, from the outside to the inside. */
    readonly middleware: ((
      context: { readonly req: IncomingMessage },
      next: () => Promise<void>,
    ) => unknown)[];
    constructor(options: S3rverOptions);
    configureBuckets(): Promise<unknown>;
    callback(): RequestListener;
  }
}

declare module '@20minutes/s3rver/lib/models/error.js' {
  export default class S3Error extends Error {
    constructor(code: string, message: string);
  }
}
