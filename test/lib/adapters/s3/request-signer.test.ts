import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestSigner } from '../../../../lib/adapters/s3/request-signer.ts';

const CREDENTIALS = { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'a+b/c==' };
const SEEN = { expiresIn: 300, unhoistableHeaders: new Set(['if-none-match', 'content-length']) };
const AT = { Bucket: 'bucket', Key: '0f8fad5b-d9cb-469f-a165-70867728950e' };

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:00Z'), toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

describe.each<[string, { bucket?: string; endpoint?: string; forcePathStyle?: boolean }]>([
  ['S3', {}],
  ['a bucket with a dot', { bucket: 'my.bucket' }],
  ['another store', { endpoint: 'http://127.0.0.1:9000', forcePathStyle: true }],
  ['another store below a path', { endpoint: 'https://store.example/s3/', forcePathStyle: true }],
])('a signature for %s is the one of the SDK', (_, { bucket = 'bucket', ...how }) => {
  const client = new S3Client({
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...how,
  });
  const signer = new RequestSigner(client, bucket);
  const at = { ...AT, Bucket: bucket };
  const asked = (url: string) => {
    const { origin, pathname, searchParams } = new URL(url);
    return { origin, pathname, query: Object.fromEntries(searchParams) };
  };

  test.each([
    ['GET', { 'x-id': 'GetObject' }, new GetObjectCommand(at)],
    ['HEAD', {}, new HeadObjectCommand(at)],
  ] as const)('of a %s', async (method, query, command) => {
    const own = await signer.url({ method, key: at.Key, query, seconds: 300 });
    expect(asked(own)).toEqual(asked(await getSignedUrl(client, command as GetObjectCommand, SEEN)));
  });

  test('of an upload, and of a part', async () => {
    const own = await signer.put(
      at.Key,
      { from: 0, to: 7 },
      { seconds: 300, query: { 'x-id': 'PutObject' }, headers: { 'if-none-match': '*' } },
    );
    const put = new PutObjectCommand({ ...at, ContentLength: 7, IfNoneMatch: '*' });
    expect(asked(own.url)).toEqual(asked(await getSignedUrl(client, put, SEEN)));
    expect(own.headers).toEqual({ 'content-length': '7', 'if-none-match': '*' });
    const uploadId = 'a/b+c=~';
    const query = { 'x-id': 'UploadPart', partNumber: '2', uploadId };
    const second = await signer.put(at.Key, { from: 7, to: 9 }, { seconds: 300, query });
    const part = new UploadPartCommand({ ...at, PartNumber: 2, UploadId: uploadId, ContentLength: 2 });
    expect(asked(second.url)).toEqual(
      asked(await getSignedUrl(client, part as unknown as PutObjectCommand, SEEN)),
    );
  });
});
