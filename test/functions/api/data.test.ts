import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as made from '../../archives/tar-bytes.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import {
  base64,
  bodyOf,
  digest,
  expectInvalid,
  expectProblem,
  makeLocations,
  pathOf,
  sweep,
  tar,
} from './support.ts';

/** A tar archive with one file, `hello.txt`, of 6 bytes, compressed by `zstd -19`. */
const ZSTD_FIXTURE =
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==';
const LIMIT = 4 * 1024 * 1024;

let taskport: Taskport;
let archive: Uint8Array;
beforeAll(async () => {
  taskport = await startTaskport();
  const nfs = { server: 'files', path: '/home' };
  const locations = ['task', 'image', 'volume', 'executor', 'log'];
  await makeLocations(taskport, ...locations, { name: 'nfs', kind: 'volume', type: 'nfs', nfs });
  archive = await tar({ 'etc/': '', 'etc/hostname': 'box\n', 'bin/tool': 'x'.repeat(3_000) });
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object) => taskport.call('POST', '/v1/elements', { body: { id, ...rest } });
const getData = (id: string, headers = {}, method = 'GET') =>
  taskport.call(method, `${pathOf(id)}/data`, { headers });
const download = async (id: string): Promise<Buffer> => {
  const answer = await getData(id);
  expect(answer.status).toBe(307);
  const response = await fetch(answer.headers.get('location') as string);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};

describe('data in a create', () => {
  it.each([
    ['plain', (bytes: Uint8Array) => bytes],
    ['gzip', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ])('is a tar archive for images and volumes: %s', async (packing, pack) => {
    const bytes = pack(archive);
    for (const kind of ['image', 'volume']) {
      const id = `${kind}://${kind}/${packing}`;
      const created = await bodyOf(create(id, { data: base64(bytes) }), 201);
      expect(created).toMatchObject({
        state: 'ready',
        revision: 1,
        size: bytes.length,
        checksum: digest('sha256', bytes),
        unpackedSize: 3_004,
      });
      expect(await download(id)).toEqual(Buffer.from(bytes));
    }
  });

  it('may be compressed by zstd', async () => {
    const bytes = Buffer.from(ZSTD_FIXTURE, 'base64');
    const created = await bodyOf(create('image://image/zstd', { data: base64(bytes) }), 201);
    expect(created).toMatchObject({ unpackedSize: 6, size: bytes.length });
    expect(await download('image://image/zstd')).toEqual(bytes);
  });

  it('may be anything for tasks', async () => {
    const samples = { empty: new Uint8Array(0), binary: Uint8Array.of(0, 255, 31, 139), tar: archive };
    for (const [name, bytes] of Object.entries(samples)) {
      const created = await bodyOf(create(`task://task/${name}`, { data: base64(bytes) }), 201);
      expect(created).toMatchObject({ size: bytes.length, checksum: digest('sha256', bytes) });
      expect(created).not.toHaveProperty('unpackedSize');
      expect(await download(`task://task/${name}`)).toEqual(Buffer.from(bytes));
    }
  });

  it.each(['executor://executor/a', 'log://log/a', 'volume://nfs/a'])('is nothing for %s', async (id) => {
    expectInvalid(await create(id, { data: base64(archive) }), 'data');
    expectInvalid(await create(id, { data: { upload: true } }), 'data');
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
  });

  it.each([
    ['text', Buffer.from('This is not an archive, though it is long enough to be one.'.repeat(20))],
    ['nothing', new Uint8Array(0)],
    ['gzip of no archive', gzipSync('not an archive')],
    ['broken gzip', Uint8Array.of(0x1f, 0x8b, ...Array(50).fill(1))],
    ['broken zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...Array(50).fill(1))],
  ])('is refused if it is no archive: %s', async (_, bytes) => {
    const id = 'image://image/unrecognised';
    expectProblem(await create(id, { data: base64(bytes) }), 415, 'unsupported-data-format');
    expectProblem(await taskport.call('GET', pathOf(id)), 404, 'not-found');
  });

  it.each([
    [
      'holes',
      () => made.archive(made.oldSparse('a', [[1024 * 1024, 'x'.repeat(512)]], 1024 * 1024 + 512)),
      1024 * 1024 + 512,
    ],
    [
      'many files',
      () => gzipSync(Buffer.concat(Array.from({ length: 2000 }, (_, at) => made.file(`${at}`)))),
      1000 * 4096,
    ],
  ])('takes its unpacked size of a location’s capacity: %s', async (name, make, unpackedSize) => {
    const location = `narrow-${name.replace(' ', '-')}`;
    const capacity = Math.ceil(unpackedSize / 1024);
    await makeLocations(taskport, { name: location, kind: 'image', capacity: capacity - 1 });
    const data = base64(make());
    const refused = await create(`image://${location}/a`, { data });
    expectProblem(refused, 409, 'insufficient-space', { available: capacity - 1 });
    expect(await bodyOf(create(`image://image/${location}`, { data }), 201)).toMatchObject({
      unpackedSize,
      capacity,
    });
  });

  it('may be a whole image only for volumes', async () => {
    const saved = made.archive(
      made.file('a.tar'),
      made.file('config.json', '{}'),
      made.file('manifest.json', JSON.stringify([{ Config: 'config.json', Layers: ['a.tar'] }])),
    );
    const answer = await create('image://image/saved', { data: base64(saved) });
    expectProblem(answer, 415, 'unsupported-data-format');
    expect(answer.body.detail).toContain('taskport image push');
    await bodyOf(create('volume://volume/saved', { data: base64(saved) }), 201);
  });

  it('may unpack to up to 256 MiB', async () => {
    const large = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 });
    const answer = await create('image://image/large', { data: base64(large) });
    expectProblem(answer, 413, 'payload-too-large', { limit: 256 * 1024 * 1024 });
  });

  it('is refused if the archive is truncated', async () => {
    const plain = archive.subarray(0, 2_000);
    const packed = gzipSync(await tar({ a: Buffer.from(archive), b: 'c'.repeat(5000) }));
    for (const bytes of [plain, packed.subarray(0, packed.length - 20)]) {
      expectProblem(await create('image://image/broken', { data: base64(bytes) }), 400, 'data-error');
    }
  });

  it('is limited to 4 MiB', async () => {
    const most = Buffer.alloc(LIMIT, 'x');
    expect(await bodyOf(create('task://task/most', { data: base64(most) }), 201)).toMatchObject({
      size: LIMIT,
    });
    expect(digest('sha256', await download('task://task/most'))).toBe(digest('sha256', most));
    const answer = await create('task://task/more', { data: base64(Buffer.alloc(LIMIT + 1)) });
    expectProblem(answer, 413, 'payload-too-large', { limit: LIMIT });
  });

  it.each([['YQ'], ['Y-Q='], ['YQ==\n'], ['a'], ['=']])('is strict base64, not %j', async (text) => {
    expectInvalid(await create('task://task/x', { data: { base64: text } }), 'data.base64');
  });

  it('is refused if its base64 is invalid, at any length', async () => {
    const text = `${'A'.repeat(5_000_000)}!`;
    expectInvalid(await create('task://task/x', { data: { base64: text } }), 'data.base64');
  });
});

describe('a checksum', () => {
  it.each(['sha256', 'sha512'])('that is right is kept: %s', async (algorithm) => {
    const checksum = digest(algorithm, archive);
    const [name, upper] = checksum.split(':') as [string, string];
    const id = `image://image/${algorithm}`;
    const body = { data: base64(archive), checksum: `${name}:${upper.toUpperCase()}` };
    expect((await bodyOf(create(id, body), 201)).checksum).toBe(checksum);
  });

  it.each(['sha256', 'sha512'])('that is wrong is refused, and nothing is kept: %s', async (algorithm) => {
    const [expected, actual] = [digest(algorithm, Buffer.from('other')), digest(algorithm, archive)];
    const answer = await create('image://image/wrong', { data: base64(archive), checksum: expected });
    expectProblem(answer, 422, 'checksum-mismatch', { expected, actual });
    expectProblem(await taskport.call('GET', pathOf('image://image/wrong')), 404, 'not-found');
  });

  it('of an unknown algorithm is refused with a list of algorithms', async () => {
    for (const checksum of ['md5:d41d8cd98f00b204e9800998ecf8427e', 'constructor:aa', 'SHA256:aa']) {
      const answer = await create('task://task/x', { data: base64(archive), checksum });
      expectProblem(answer, 422, 'unsupported-checksum-algorithm', { supported: ['sha256', 'sha512'] });
    }
  });

  it.each(['', 'sha256', 'sha256:', 'sha256:xyz', `sha256:${'a'.repeat(63)}`, `sha512:${'a'.repeat(64)}`])(
    'that is invalid is refused: %j',
    async (checksum) => {
      expectInvalid(await create('task://task/x', { data: base64(archive), checksum }), 'checksum');
    },
  );

  it('and a size need data', async () => {
    expectInvalid(await create('task://task/x', { checksum: digest('sha256', archive) }), 'checksum');
    expectInvalid(await create('task://task/x', { size: 5 }), 'size');
    expectInvalid(await create('task://task/x', { size: 5, data: base64(archive) }), 'size');
  });
});

describe('getting data', () => {
  const id = 'task://task/served';
  const bytes = Buffer.from('#!/bin/sh\n');
  beforeAll(() => bodyOf(create(id, { data: base64(bytes) }), 201));

  it('is a redirect without caching to a URL with the bytes', async () => {
    const answer = await getData(id);
    expect([answer.status, answer.body]).toEqual([307, undefined]);
    expect(answer.headers.get('etag')).toBe(`"${digest('sha256', bytes)}"`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await download(id)).toEqual(bytes);
  });

  it('by HEAD redirects to a URL for HEAD', async () => {
    const answer = await getData(id, {}, 'HEAD');
    expect([answer.status, answer.headers.get('etag')]).toEqual([307, `"${digest('sha256', bytes)}"`]);
    const url = answer.headers.get('location') as string;
    // The signature of a URL is for one method. S3 checks that, the engine here does not.
    expect(url).not.toContain('x-id=GetObject');
    const response = await fetch(url, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, `${bytes.length}`]);
  });

  it('answers 304 to a caller who has it already', async () => {
    const etag = `"${digest('sha256', bytes)}"`;
    for (const tag of [etag, `"x", W/${etag}`]) {
      const answer = await getData(id, { 'if-none-match': tag });
      expect([answer.status, answer.headers.get('etag')]).toEqual([304, etag]);
    }
    expect((await getData(id, { 'if-none-match': '"sha256:00"' })).status).toBe(307);
  });

  it('answers not-found for an element without data', async () => {
    await bodyOf(create('task://task/bare', {}), 201);
    expectProblem(await getData('task://task/bare'), 404, 'not-found', { id: 'task://task/bare' });
  });

  it('answers not-found after the delete, and the bytes are swept', async () => {
    const gone = 'task://task/gone';
    await bodyOf(create(gone, { data: base64(bytes) }), 201);
    const url = (await getData(gone)).headers.get('location') as string;
    await bodyOf(taskport.call('DELETE', pathOf(gone)), 204);
    expectProblem(await getData(gone), 404, 'not-found');
    await sweep(taskport, 1_000);
    expect((await fetch(url)).status).toBe(404);
  });
});
