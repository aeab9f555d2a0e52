import { AbortMultipartUploadCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DiscardedBlobs } from '../../element/blob-store.ts';
import { answered, unless } from './client.ts';

/** The key of the index of an archive's paths. Keys of data contain no dot. */
export const pathsOf = (key: string): string => `${key}.paths`;

/**
 * Removes data from one bucket. This class is apart from the one that writes data, so that the sweeper loads
 * none of that.
 */
export class BlobRemoval implements DiscardedBlobs {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async remove(key: string): Promise<void> {
    const objects = [key, pathsOf(key)].map(
      (each) => new DeleteObjectCommand({ Bucket: this.#bucket, Key: each }),
    );
    await Promise.all(objects.map((command) => answered(() => this.#client.send(command))));
  }

  async abortMultipart(key: string, id: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: id });
    // s3rver, which cannot abort an upload, answers 405.
    await unless(['NoSuchUpload', 404, 405], () => this.#client.send(command));
  }
}
