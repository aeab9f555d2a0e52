import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { defined } from '../../defined.ts';
import type { Checksum } from '../../element/checksum.ts';
import type { SignedRequest } from '../../element/upload/upload-schema.ts';

/** Headers that limit an upload to what was signed: the presigner would move them into the query, where S3 enforces nothing. */
const ENFORCED = ['content-length', 'if-none-match', 'x-amz-checksum-sha256'];

/** A request to be signed. */
interface Unsigned {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly key: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** Seconds for which the signature is valid. */
  readonly seconds: number;
}

/** Converts our form of a SHA-256 to that of S3. */
export const sha256ToBase64 = (checksum: Checksum): string =>
  Buffer.from(checksum.slice(checksum.indexOf(':') + 1), 'hex').toString('base64');
export const sha256FromBase64 = (text: string): Checksum =>
  `sha256:${Buffer.from(text, 'base64').toString('hex')}`;

/**
 * Signs requests for the objects of one bucket, whose keys need no escapes. `getSignedUrl` of the SDK resolves the endpoint and builds a
 * chain of middleware for each request, which takes ten times as long as the signature; an image has a hundred layers.
 */
export class RequestSigner {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #presigner: S3RequestPresigner;
  /** The URL of the bucket, with a slash at its end; absent before the first request. */
  #bucketUrl: URL | undefined;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#presigner = new S3RequestPresigner({ ...client.config });
  }

  /** The signed URL of a request, whose headers have to be sent unchanged. */
  async url({ method, key, query = {}, headers = {}, seconds }: Unsigned): Promise<string> {
    this.#bucketUrl ??= await this.#findBucket();
    const url = new URL(key, this.#bucketUrl);
    const { protocol, hostname, port, pathname } = url;
    const asked = { method, protocol, hostname, path: pathname, query, headers: { ...headers } };
    const signed = await this.#presigner.presign(
      { ...asked, ...defined({ port: port === '' ? undefined : Number(port) }) },
      {
        expiresIn: seconds,
        unhoistableHeaders: new Set(ENFORCED),
        signableHeaders: new Set(['host', ...ENFORCED]),
      },
    );
    url.search = new URLSearchParams(signed.query as Record<string, string>).toString();
    return url.href;
  }

  /** A request that uploads the bytes `from` to before `to`; the signature includes their length. */
  async put(
    key: string,
    { from, to }: { readonly from: number; readonly to: number },
    { seconds, query, headers }: Pick<Unsigned, 'seconds' | 'query' | 'headers'>,
  ): Promise<SignedRequest> {
    const all = { 'content-length': String(to - from), ...headers };
    const url = await this.url({ method: 'PUT', key, headers: all, seconds, ...defined({ query }) });
    return { method: 'PUT', url, headers: all, from, to };
  }

  /** The SDK knows the endpoint of a bucket in each partition, and for a store that is not S3. */
  async #findBucket(): Promise<URL> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: 'key' });
    return new URL('.', await getSignedUrl(this.#client, command));
  }
}
