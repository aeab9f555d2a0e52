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
