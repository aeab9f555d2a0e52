import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataEngine, startDataEngine } from '../../infra/local/engines/data-engine.ts';
import { PATIENCE } from '../patience.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-objects-'));
let engine: DataEngine;
beforeAll(async () => {
  engine = await startDataEngine(join(directory, 's3'), 'data');
});
afterAll(async () => {
  await engine.stop();
  rmSync(directory, { recursive: true });
});

const at = (key: string): string => `${engine.url}/data/${key}`;
const put = async (key: string, body: string, headers = {}): Promise<void> => {
  const { ok } = await fetch(at(key), { method: 'PUT', body, headers });
  expect(ok).toBe(true);
};
const get = async (key: string) => {
  const answer = await fetch(at(key));
  return { text: await answer.text(), etag: answer.headers.get('etag') };
};

test('a copy stays unchanged when its original is written again', async () => {
  await put('original', 'first');
  await put('copy', '', { 'x-amz-copy-source': '/data/original' });
  const before = await get('copy');
  await put('original', 'second');
  expect(before.text).toBe('first');
  expect(await get('copy')).toEqual(before);
  expect((await get('original')).text).toBe('second');
});

test('an object stays unchanged until another has replaced it completely', async () => {
  await put('kept', 'before');
  const sent = request(at('kept'), { method: 'PUT', headers: { 'content-length': 10 } });
  sent.on('error', () => {});
  sent.write('after');
  const unfinished = join(directory, 's3.unfinished');
  await expect.poll(() => readdirSync(unfinished).length, PATIENCE).toBe(1);
  expect((await get('kept')).text).toBe('before');
  sent.destroy();
  await expect.poll(() => readdirSync(unfinished).length, PATIENCE).toBe(0);
  expect((await get('kept')).text).toBe('before');
});

test('parts are joined in the order of their numbers', async () => {
  const begun = await fetch(`${at('joined')}?uploads`, { method: 'POST' });
  const [, id] = /<UploadId>(.+)<\/UploadId>/.exec(await begun.text()) ?? [];
  const send = async (number: number, body: string): Promise<string> => {
    const answer = await fetch(`${at('joined')}?partNumber=${number}&uploadId=${id}`, {
      method: 'PUT',
      body,
    });
    return `<Part><PartNumber>${number}</PartNumber><ETag>${answer.headers.get('etag')}</ETag></Part>`;
  };
  const [third, first, second] = [await send(3, 'c'), await send(1, 'a'), await send(2, 'b')];
  const ended = await fetch(`${at('joined')}?uploadId=${id}`, {
    method: 'POST',
    body: `<CompleteMultipartUpload>${first}${second}${third}</CompleteMultipartUpload>`,
  });
  expect(ended.status).toBe(200);
  await ended.text();
  const { text, etag } = await get('joined');
  expect(text).toBe('abc');
  expect(etag).toMatch(/^"[0-9a-f]{32}-3"$/);
});

test('an object is read whole or in part, with the settings of its bucket', async () => {
  await put('read', 'abcdef');
  engine.admit('1');
  const whole = await fetch(at('read'), { headers: { origin: 'http://localhost:1' } });
  expect(await whole.text()).toBe('abcdef');
  expect(whole.headers.get('access-control-allow-origin')).toBe('*');
  expect(whole.headers.get('access-control-expose-headers')).toBe('ETag');
  const part = await fetch(at('read'), { headers: { range: 'bytes=1-2' } });
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    'bc',
    'bytes 1-2/6',
  ]);
  const head = await fetch(at('read'), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '6']);
  expect(head.headers.get('etag')).toBe(part.headers.get('etag'));
  for (const [url, code] of [
    [at('none'), 'NoSuchKey'],
    [`${engine.url}/other/read`, 'NoSuchBucket'],
  ] as const) {
    const missing = await fetch(url);
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining(code)]);
  }
});
