import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Multipart, UploadedPart } from '../../element/blob-store.ts';
import type { SignedRequest } from '../../element/upload/upload-schema.ts';
import { TaskportError } from '../../errors.ts';
import { answered, unless } from './client.ts';
import type { RequestSigner } from './request-signer.ts';

/** Milliseconds that S3 may take to put parts together. */
const COMPLETE_TIMEOUT = 10 * 60_000;
/** The errors of S3 for parts that are missing, too small, or out of order. */
const REFUSED_PARTS = [
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'MalformedXML',
  'InvalidRequest',
  'NoSuchUpload',
];
/** The number of missing parts that a problem lists. */
const MAX_MISSING = 100;

/** Throws `data-error` [missing] unless the list has every part once: S3 would leave out any other. */
const assertComplete = (parts: readonly UploadedPart[], count: number): void => {
  const numbers = new Set(parts.map(({ number }) => number));
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !numbers.has(number));
  if (missing.length === 0 && parts.length === count) return;
  throw new TaskportError(
    'data-error',
    `the data has ${count} parts, the list has ${parts.length}, and ${missing.length} are missing: upload the parts in \`missing\`, and name each part once`,
    { missing: missing.slice(0, MAX_MISSING) },
  );
};

/** Data that is uploaded in parts (Amazon S3, multipart upload). */
export class MultipartUploads {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #signer: RequestSigner;

  constructor(client: S3Client, bucket: string, signer: RequestSigner) {
    this.#client = client;
    this.#bucket = bucket;
    this.#signer = signer;
  }

  async begin(key: string): Promise<string> {
    const command = new CreateMultipartUploadCommand({ Bucket: this.#bucket, Key: key });
    const { UploadId } = await answered(() => this.#client.send(command));
    return UploadId as string;
  }

  signPart(
    key: string,
    { id, partSize }: Multipart,
    size: number,
    number: number,
    seconds: number,
  ): Promise<SignedRequest> {
    const from = (number - 1) * partSize;
    const to = Math.min(size, from + partSize);
    const query = { partNumber: String(number), uploadId: id };
    return this.#signer.put(key, { from, to }, { seconds, query });
  }

  async complete(
    key: string,
    { id, partSize }: Multipart,
    size: number,
    parts: readonly UploadedPart[] | undefined,
  ): Promise<void> {
    if ((await this.#sizeOf(key)) === size) return;
    const uploaded = parts ?? (await this.#list(key, id));
    assertComplete(uploaded, Math.ceil(size / partSize));
    const command = new CompleteMultipartUploadCommand({
      ...this.#upload(key, id),
      MultipartUpload: {
        Parts: [...uploaded]
          .sort((a, b) => a.number - b.number)
          .map(({ number, etag }) => ({ PartNumber: number, ETag: etag })),
      },
    });
    try {
      await answered(() => this.#client.send(command, { requestTimeout: COMPLETE_TIMEOUT }));
    } catch (error) {
      // Another completion may have come first; then the upload does not exist any more, and its object does. An
      // object of another size is left behind by a failure of s3rver.
      const { name } = error as Error;
      const found = await this.#sizeOf(key);
      if (found === size || (found !== undefined && name === 'NoSuchUpload')) return;
      if (REFUSED_PARTS.includes(name)) {
        throw new TaskportError(
          'data-error',
          `the store cannot put the parts together (${(error as Error).message}): upload all parts again`,
        );
      }
      throw error;
    }
  }

  /** The parts that have arrived; none if the store cannot list them. */
  async #list(key: string, id: string): Promise<UploadedPart[]> {
    const parts: UploadedPart[] = [];
    let marker: string | undefined;
    do {
      const command = new ListPartsCommand({ ...this.#upload(key, id), PartNumberMarker: marker });
      const page = await unless(['NoSuchUpload', 404, 405], () => this.#client.send(command));
      for (const { PartNumber = 0, ETag = '' } of page?.Parts ?? [])
        parts.push({ number: PartNumber, etag: ETag });
      marker = page?.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    if (parts.length === 0) {
      throw new TaskportError(
        'data-error',
        'the store knows no parts: name them as {"parts": [{"number", "etag"}]}',
      );
    }
    return parts;
  }

  /** The size of the object in bytes, or undefined. */
  async #sizeOf(key: string): Promise<number | undefined> {
    const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
    const head = await unless([404], () => this.#client.send(command));
    return head && (head.ContentLength ?? 0);
  }

  #upload(key: string, id: string): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.#bucket, Key: key, UploadId: id };
  }
}
