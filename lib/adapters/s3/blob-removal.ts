import { AbortMultipartUploadCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DiscardedBlobs } from '../../element/blob-store.ts';
import { answered, unless } from './client.ts';

/** Where the index of an archive's paths is. Keys of data have no dot. */
export const pathsOf = (key: string): string => `${key}.paths`;

/** Takes data out of one bucket. Apart from what puts it there, of which the sweeper then loads nothing. */
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
    // 405 is s3rver's, which cannot give an upload up.
    await unless(['NoSuchUpload', 404, 405], () => this.#client.send(command));
  }
}
