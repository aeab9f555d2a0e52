import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { defined } from '../../defined.ts';
import type { BlobStore, Multipart, StoredBlob, UploadedPart } from '../../element/blob-store.ts';
import type { Checksum } from '../../element/checksum.ts';
import type { SignedRequest } from '../../element/upload/upload-schema.ts';
import { loaded } from '../../loaded.ts';
import { BlobRemoval, pathsOf } from './blob-removal.ts';
import { answered, unbroken, unless } from './client.ts';
import type { MultipartUploads } from './multipart-uploads.ts';
import { RequestSigner, sha256FromBase64, sha256ToBase64 } from './request-signer.ts';

/** Seconds for which a URL to read data is valid. */
const READ_SECONDS = 300;
/** Milliseconds that a copy within the store may take. */
const COPY_TIMEOUT = 14 * 60_000;

export interface BlobBucketOptions {
  readonly bucket: string;
  /** Whether the store holds signed requests to the checksum and length that were signed, as S3 does. */
  readonly enforces: boolean;
}

/** Data in one bucket. Keys are flat and fresh, so a put is never a replacement and may be repeated. */
export class BlobBucket implements BlobStore {
  readonly enforces: boolean;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Loaded by the first upload in parts. */
  readonly #multipart: () => Promise<MultipartUploads>;
  readonly #removal: BlobRemoval;
  readonly #signer: RequestSigner;

  constructor(client: S3Client, { bucket, enforces }: BlobBucketOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.enforces = enforces;
    this.#multipart = loaded(async () => {
      const { MultipartUploads } = await import('./multipart-uploads.ts');
      return new MultipartUploads(client, bucket, this.#signer);
    });
    this.#removal = new BlobRemoval(client, bucket);
    this.#signer = new RequestSigner(client, bucket);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({
      ...this.#object(key),
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
    });
    await answered(() => this.#client.send(command));
  }

  putPaths(key: string, index: Uint8Array): Promise<void> {
    return this.put(pathsOf(key), index);
  }

  async readPaths(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const index = await unless([404], () => this.read(pathsOf(key)));
    return index && unbroken(index);
  }

  url(key: string, method: 'GET' | 'HEAD'): Promise<string> {
    return this.#signer.url({ method, key, seconds: READ_SECONDS });
  }

  async stat(key: string): Promise<StoredBlob | undefined> {
    const command = new HeadObjectCommand({ ...this.#object(key), ChecksumMode: 'ENABLED' });
    const head = await unless([404], () => this.#client.send(command));
    if (!head) return undefined;
    const { ContentLength = 0, ChecksumSHA256, ChecksumType } = head;
    // A checksum of the parts' checksums is not the checksum of the whole.
    const isWhole =
      ChecksumSHA256 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumSHA256.includes('-');
    return defined({ size: ContentLength, checksum: isWhole ? sha256FromBase64(ChecksumSHA256) : undefined });
  }

  async read(key: string, part?: { at: number; size: number }): Promise<AsyncIterable<Uint8Array>> {
    const Range = part && `bytes=${part.at}-${part.at + part.size - 1}`;
    const command = new GetObjectCommand({ ...this.#object(key), ...defined({ Range }) });
    const { Body } = await answered(() => this.#client.send(command));
    return Body as AsyncIterable<Uint8Array>;
  }

  async copy(from: string, to: string): Promise<void> {
    const command = new CopyObjectCommand({ ...this.#object(to), CopySource: `${this.#bucket}/${from}` });
    await answered(() => this.#client.send(command, { requestTimeout: COPY_TIMEOUT }));
  }

  remove(key: string): Promise<void> {
    return this.#removal.remove(key);
  }

  signPut(key: string, size: number, checksum: Checksum, seconds: number): Promise<SignedRequest> {
    const sha256 = checksum.startsWith('sha256:') ? sha256ToBase64(checksum) : undefined;
    const headers = defined({ 'if-none-match': '*', 'x-amz-checksum-sha256': sha256 });
    return this.#signer.put(key, { from: 0, to: size }, { seconds, headers });
  }

  async beginMultipart(key: string): Promise<string> {
    return (await this.#multipart()).begin(key);
  }

  async signPart(
    key: string,
    multipart: Multipart,
    size: number,
    number: number,
    seconds: number,
  ): Promise<SignedRequest> {
    return (await this.#multipart()).signPart(key, multipart, size, number, seconds);
  }

  async completeMultipart(
    key: string,
    multipart: Multipart,
    size: number,
    parts: readonly UploadedPart[] | undefined,
  ): Promise<void> {
    return (await this.#multipart()).complete(key, multipart, size, parts);
  }

  abortMultipart(key: string, id: string): Promise<void> {
    return this.#removal.abortMultipart(key, id);
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }
}
