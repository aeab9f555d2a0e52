import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { BlobStore } from '../../element/blob-store.ts';
import { TaskportError } from '../../errors.ts';

const URL_SECONDS = 300;

/** The client of the bucket. Path style where an endpoint is named, since those have no virtual hosts. */
export const createS3Client = (): S3Client =>
  new S3Client({
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });

const answered = async <T>(send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    const { $metadata, name } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    if (status !== undefined && status < 500 && name !== 'SlowDown') throw error;
    const unavailable = new TaskportError('unavailable', 'the data store does not answer; try again');
    unavailable.cause = error;
    throw unavailable;
  }
};

/** Data in one bucket. Keys are flat and fresh, so a put is never a replacement and may be repeated. */
export class BlobBucket implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
    });
    await answered(() => this.#client.send(command));
  }

  url(key: string, method: 'GET' | 'HEAD'): Promise<string> {
    const input = { Bucket: this.#bucket, Key: key };
    const command = method === 'GET' ? new GetObjectCommand(input) : new HeadObjectCommand(input);
    return getSignedUrl(this.#client, command, { expiresIn: URL_SECONDS });
  }

  async remove(key: string): Promise<void> {
    await answered(() => this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key })));
  }
}
