import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import { claimDirectory } from '../../infra/local/engines/directory-claim.ts';
import type { EnginesOptions } from '../../infra/local/engines/engines.ts';
import { isRunning } from '../../infra/local/engines/process-table.ts';
import { createTable } from '../../infra/local/engines/table.ts';
import { readStoredFiles } from '../../infra/local/stored-files.ts';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { startEngines } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import {
  BUCKET,
  dynamodb,
  eventually,
  freshDirectory,
  get,
  processesOf,
  put,
  s3,
  startDoomedHost,
  TABLE,
} from './engine-setting.ts';

/** Engines that go with the test, whatever becomes of it. */
async function start(options: Omit<EnginesOptions, 'bucket'>) {
  const engines = await startEngines({ bucket: BUCKET, ...options });
  onTestFinished(() => engines.stop());
  return engines;
}

describe.each(['dynoxide', 'dynamodb-local'] as const)('with %s', (metadata) => {
  test('what was written is there after a restart, and after a SIGKILL, which leaves no process', async () => {
    const directory = freshDirectory();
    const host = await startDoomedHost(directory, metadata);
    await createTable(clientConfig(host.dynamodbUrl), TABLE);
    await put(dynamodb(host.dynamodbUrl), 'a', 'kept');
    await s3(host.s3Url).send(new PutObjectCommand({ Bucket: BUCKET, Key: 'blob', Body: 'bytes' }));
    const { engines, metadata: engine } = processesOf(directory);
    expect([isRunning(engines), isRunning(engine)]).toEqual([true, true]);

    process.kill(host.pid, 'SIGKILL');
    // At once, as a supervisor would: the start has to wait for what is still ending.
    const afterKill = await start({ directory, metadata });
    expect([isRunning(engines), isRunning(engine)]).toEqual([false, false]);
    expect(await get(dynamodb(afterKill.dynamodbUrl), 'a')).toBe('kept');
    await put(dynamodb(afterKill.dynamodbUrl), 'b', 'kept too');
    await afterKill.stop();

    // Nothing says which engine: it is the one that wrote the directory.
    const afterStop = await start({ directory });
    expect(await get(dynamodb(afterStop.dynamodbUrl), 'b')).toBe('kept too');
    const blob = await s3(afterStop.s3Url).send(new GetObjectCommand({ Bucket: BUCKET, Key: 'blob' }));
    expect(await blob.Body?.transformToString()).toBe('bytes');
    await afterStop.stop();

    readStoredFiles(afterStop.bucketDirectory ?? '');
    const stored = new BlobBucket(createS3Client(), { bucket: BUCKET, enforces: false });
    expect(await text(await stored.read('blob'))).toBe('bytes');
  });
});

test('an engine orphaned by the death of all around it does not disturb the next start', async () => {
  const directory = freshDirectory();
  const host = await startDoomedHost(directory, 'dynoxide');
  await createTable(clientConfig(host.dynamodbUrl), TABLE);
  await put(dynamodb(host.dynamodbUrl), 'a', 'kept');
  const { engines, metadata: engine } = processesOf(directory);
  process.kill(host.pid, 'SIGSTOP');
  process.kill(engines.pid, 'SIGKILL');
  process.kill(host.pid, 'SIGKILL');
  await eventually(() => !isRunning(engines), 'the end of the engines process');
  expect(isRunning(engine)).toBe(true);

  const after = await start({ directory });
  expect(isRunning(engine)).toBe(false);
  expect(await get(dynamodb(after.dynamodbUrl), 'a')).toBe('kept');
});

test('engines without a directory have an empty bucket, and are gone without a trace after the stop', async () => {
  const directory = freshDirectory();
  vi.stubEnv('TMPDIR', directory);
  const engines = await start({});
  vi.unstubAllEnvs();
  await s3(engines.s3Url).send(new HeadBucketCommand({ Bucket: BUCKET }));
  expect(readdirSync(directory)).toEqual([expect.stringMatching(/^taskport-\w{6}$/)]);
  await engines.stop();
  await engines.stop();
  expect(await engines.exited).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
  for (const url of [engines.dynamodbUrl, engines.s3Url]) {
    const { hostname, port } = new URL(url);
    await expect(once(connect(Number(port), hostname), 'connect')).rejects.toThrow('ECONNREFUSED');
  }
});

test('creating the table again changes nothing', async () => {
  const engines = await start({});
  await createTable(clientConfig(engines.dynamodbUrl), TABLE);
  await put(dynamodb(engines.dynamodbUrl), 'a', 'kept');
  await createTable(clientConfig(engines.dynamodbUrl), TABLE);
  expect(await get(dynamodb(engines.dynamodbUrl), 'a')).toBe('kept');
});

test('the pages of the host that was told may use presigned URLs, others may not', async () => {
  const engines = await start({});
  const preflight = (origin: string) =>
    fetch(`${engines.s3Url}/${BUCKET}/blob`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-amz-checksum-sha256,if-none-match',
      },
    });
  expect((await preflight('http://127.0.0.1:8787')).status).toBe(403);
  engines.admit('http://127.0.0.1:8787');
  await vi.waitFor(async () => expect((await preflight('http://127.0.0.1:8787')).status).toBe(200), PATIENCE);
  expect((await preflight('http://localhost:8787')).status).toBe(200);
  for (const origin of ['http://localhost:5173', 'http://127.0.0.1', 'http://example.com:8787', 'null'])
    expect([origin, (await preflight(origin)).status]).toEqual([origin, 403]);
});

test('no key and no form leaves the directory of the objects', async () => {
  const directory = freshDirectory();
  const engines = await start({ directory });
  const upload = (key: string) =>
    s3(engines.s3Url).send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'x' }));
  await expect(upload('../../escaped')).rejects.toThrow();
  const form = new FormData();
  form.set('key', '../../escaped');
  form.set('file', new Blob(['x']));
  const answer = await fetch(`${engines.s3Url}/${BUCKET}`, { method: 'POST', body: form });
  expect(answer.status).toBe(400);
  await upload('dots..in..a.name');
  expect(readdirSync(directory).filter((name) => name.includes('escaped'))).toEqual([]);
});

test('Ctrl-C does not reach the engines: the host decides when they stop', async () => {
  const directory = freshDirectory();
  const engines = await start({ directory });
  const { engines: holder, metadata } = processesOf(directory);
  process.kill(holder.pid, 'SIGINT');
  process.kill(holder.pid, 'SIGHUP');
  await createTable(clientConfig(engines.dynamodbUrl), TABLE);
  expect([isRunning(holder), isRunning(metadata)]).toEqual([true, true]);
});

test('a host learns that its engines ended unasked, and nothing of them stays', async () => {
  const directory = freshDirectory();
  const first = await start({ directory });
  process.kill(processesOf(directory).metadata.pid, 'SIGKILL');
  expect(await first.exited).toContain('dynoxide ended unexpectedly');
  expect(existsSync(`${directory}/engines.pid`)).toBe(false);

  const second = await start({ directory });
  const { engines, metadata } = processesOf(directory);
  process.kill(engines.pid, 'SIGKILL');
  expect(await second.exited).toContain('SIGKILL');
  expect(isRunning(metadata)).toBe(false);
});

test('a second Taskport on a directory is told which process uses it', async () => {
  const directory = freshDirectory();
  await start({ directory });
  const self = { pid: process.pid, mark: 'never' };
  await expect(claimDirectory(directory, self, 200)).rejects.toThrow(
    `another Taskport is using ${directory} (process ${process.pid})`,
  );
});

test('a directory stays with the engine that wrote it', async () => {
  const directory = freshDirectory();
  const engines = await start({ directory, metadata: 'dynoxide' });
  await engines.stop();
  await expect(start({ directory, metadata: 'dynamodb-local' })).rejects.toThrow(
    'was written by dynoxide; dynamodb-local cannot read it',
  );
});

test('with AWS_ENDPOINT_URL_S3 no S3 is started, and that one is used', async () => {
  const directory = freshDirectory();
  const host = await startDoomedHost(directory, 'dynoxide', { AWS_ENDPOINT_URL_S3: 'http://store.test' });
  expect(host.s3Url).toBe('http://store.test');
  expect(existsSync(`${directory}/s3rver`)).toBe(false);
});
