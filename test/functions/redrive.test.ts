/** Batches that Lambda set aside, on a real S3 server and a real table. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { SetAsideBucket } from '../../lib/adapters/s3/set-aside-bucket.ts';
import { redrive } from '../../lib/event/redrive.ts';
import { useEngines } from '../taskport.ts';

let bucket: string;
let given: [string, unknown][];
let fails: (batch: unknown) => boolean;

beforeAll(() => useEngines());
beforeEach(async () => {
  bucket = `failures-${randomUUID()}`;
  await createS3Client().send(new CreateBucketCommand({ Bucket: bucket }));
  given = [];
  fails = () => false;
});

const PUBLISH = 'arn:aws:lambda:eu-central-1:123456789012:function:publish';
const batch = (...sequences: string[]) => ({
  Records: sequences.map((SequenceNumber) => ({ eventID: SequenceNumber, dynamodb: { SequenceNumber } })),
});

/** Written like Lambda: the key contains the mapping, the shard and the time, and the batch is text within the record. */
const setAside = async (minute: number, content: string): Promise<string> => {
  const time = `2026-01-31T12.${String(minute).padStart(2, '0')}.00`;
  const key = `aws/lambda/8b1f7d9e/shardId-1/2026/01/31/${time}-${randomUUID()}`;
  await createS3Client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  return key;
};
const record = (payload: unknown, functionArn = PUBLISH): string =>
  JSON.stringify({
    requestContext: { requestId: randomUUID(), functionArn, condition: 'RetryAttemptsExhausted' },
    version: '1.0',
    payload,
  });
const left = async (): Promise<string[]> => {
  const { Contents = [] } = await createS3Client().send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
};
const run = () =>
  redrive(new SetAsideBucket(createS3Client(), bucket), async (arn, each) => {
    given.push([arn, each]);
    if (fails(each)) throw new Error('still broken');
    return { batchItemFailures: [] };
  });

it('batches go to their function again, the earliest first, and are then deleted', async () => {
  await setAside(2, record(JSON.stringify(batch('3'))));
  await setAside(1, record(JSON.stringify(batch('1', '2'))));
  await setAside(3, record(batch('4'), `${PUBLISH}:live`));
  expect(await run()).toEqual({ redriven: 3, left: [] });
  expect(given).toEqual([
    [PUBLISH, batch('1', '2')],
    [PUBLISH, batch('3')],
    [`${PUBLISH}:live`, batch('4')],
  ]);
  expect(await left()).toEqual([]);
  expect(await run()).toEqual({ redriven: 0, left: [] });
});

it('a batch that fails again stays, is reported with its reason, and does not stop the others', async () => {
  const poison = await setAside(1, record(JSON.stringify(batch('poison'))));
  const nonsense = await setAside(2, 'not what Lambda writes');
  const unlike = await setAside(3, JSON.stringify({ payload: 7 }));
  await setAside(4, record(JSON.stringify(batch('good'))));
  fails = (each) => JSON.stringify(each).includes('poison');
  const report = await run();
  expect(report.redriven).toBe(1);
  expect(report.left).toMatchObject([
    { key: poison, reason: 'Error: still broken' },
    { key: nonsense, reason: expect.stringContaining('SyntaxError') },
    {
      key: unlike,
      reason: expect.stringContaining('record.requestContext: is required, and must be an object'),
    },
  ]);
  expect((await left()).sort()).toEqual([poison, nonsense, unlike].sort());
});

it('a batch that cannot be read does not stop the others', async () => {
  await setAside(1, record(JSON.stringify(batch('1'))));
  const gone = await setAside(2, record(JSON.stringify(batch('2'))));
  await setAside(3, record(JSON.stringify(batch('3'))));
  const s3 = createS3Client();
  const report = await redrive(new SetAsideBucket(s3, bucket), async () => {
    // Another run takes the second batch meanwhile.
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: gone }));
    return { batchItemFailures: [] };
  });
  expect(report).toEqual({
    redriven: 2,
    left: [{ key: gone, reason: expect.stringContaining('NoSuchKey') }],
  });
});

it('a batch stays whole if part of it fails', async () => {
  const key = await setAside(1, record(JSON.stringify(batch('1', '2'))));
  const report = await redrive(new SetAsideBucket(createS3Client(), bucket), async () => ({
    batchItemFailures: [{ itemIdentifier: '2' }],
  }));
  expect(report).toMatchObject({ redriven: 0, left: [{ key }] });
  expect(await left()).toEqual([key]);
});

it('handles a hundred batches', async () => {
  await Promise.all(Array.from({ length: 100 }, (_, at) => setAside(at % 60, record(batch(String(at))))));
  expect(await run()).toEqual({ redriven: 100, left: [] });
});
