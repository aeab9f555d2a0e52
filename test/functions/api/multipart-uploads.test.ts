/**
 * Uploads in parts, with small limits. s3rver knows neither the uploaded parts nor their entity tags, and cannot abort an upload; if that
 * matters, the test answers like S3 instead.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SignedRequest } from '../../../lib/element/upload/upload-schema.ts';
import type { FaultProxy } from '../../faults/proxy.ts';
import { openBehindProxy, openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  complete,
  digest,
  download,
  expectNothingLeft,
  pathOf,
  read,
  sendAll,
  someArchive,
} from '../../uploading.ts';

const PART = 32 * 1024;
const limits = { singlePut: 64 * 1024, part: PART };

let storehouse: Storehouse;
let archive: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse({ limits });
  await storehouse.call('POST', '/v1/locations', { name: 'images', kind: 'image' });
  await storehouse.call('POST', '/v1/locations', { name: 'tasks', kind: 'task' });
  archive = await someArchive(100_000);
});

let id = '';
const fresh = (kind = 'image'): string => {
  id = `${kind}://${kind}s/${randomBytes(6).toString('hex')}`;
  return id;
};
afterEach(() => expectNothingLeft(storehouse, id));

const begin = async (): Promise<SignedRequest[]> =>
  (await announce(storehouse, fresh(), archive)).body.upload.requests;

/** All requests of an upload, page by page. */
const pagesOf = async (first: { requests: SignedRequest[]; cursor?: string }): Promise<SignedRequest[][]> => {
  const pages = [first.requests];
  for (let { cursor } = first; cursor !== undefined; ) {
    const { body } = await storehouse.call('GET', `${pathOf(id)}/data/upload?cursor=${cursor}`);
    pages.push(body.requests);
    cursor = body.cursor;
  }
  return pages;
};

describe('large data', () => {
  it.each([
    [limits.singlePut, 1],
    [limits.singlePut + 1, 3],
    [4 * PART, 4],
    [4 * PART + 1, 5],
  ])('needs one request or several that cover it: %i bytes in %i', async (size, count) => {
    const { body } = await announce(storehouse, fresh('task'), randomBytes(0), { size });
    const requests: SignedRequest[] = body.upload.requests;
    expect(requests).toHaveLength(count);
    expect(requests.map(({ from }) => from)).toEqual(requests.map((_, at) => (count === 1 ? 0 : at * PART)));
    expect(requests.map(({ to }) => to)).toEqual([...requests.slice(1).map(({ from }) => from), size]);
  });

  it('is limited by the signatures to the length of each part', async () => {
    for (const { url, headers, from, to } of await begin()) {
      const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
      expect(signed).toEqual(['content-length', 'host']);
      expect(headers).toEqual({ 'content-length': String(to - from) });
      expect([...new URL(url).searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
    }
  });

  it('is ready after its parts are joined and read, in any order of their names', async () => {
    const parts = await sendAll(await begin(), archive, PART);
    expect(await complete(storehouse, id, { parts: parts.toReversed() })).toMatchObject({ status: 202 });
    expect(await complete(storehouse, id, { parts })).toMatchObject({ status: 202 });
    await storehouse.verify();
    const expected = { state: 'ready', size: archive.length, checksum: digest('sha256', archive) };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    expect(await complete(storehouse, id)).toMatchObject({ status: 200, body: expected });
  });

  it('is refused if one of its parts differs from the announced one', async () => {
    const requests = await begin();
    const other = randomBytes(archive.length);
    const [first, , ...rest] = await sendAll(requests, archive, PART);
    const [second] = await sendAll(requests.slice(1, 2), other, PART);
    expect(await complete(storehouse, id, { parts: [first, second, ...rest] })).toMatchObject({
      status: 202,
    });
    await storehouse.verify();
    const { problem } = (await read(storehouse, id)).body;
    expect(problem).toMatchObject({ code: 'checksum-mismatch', expected: digest('sha256', archive) });
  });

  it('is aborted at the store if its element is refused, and only then', async () => {
    const givenUp = vi.spyOn(storehouse.dependencies.blobs, 'abortMultipart');
    await begin();
    expect(givenUp).not.toHaveBeenCalled();
    expect(await announce(storehouse, id, archive)).toMatchObject({
      status: 409,
      body: { code: 'name-collision' },
    });
    expect(givenUp).toHaveBeenCalledOnce();
    givenUp.mockRestore();
  });

  it('continues after an interruption', async () => {
    const requests = await begin();
    const early = await sendAll(requests.slice(0, 2), archive, PART);
    const { body } = await storehouse.call('GET', `${pathOf(id)}/data/upload`);
    expect(body.requests.map(({ from }: SignedRequest) => from)).toEqual(requests.map(({ from }) => from));
    const late = await sendAll(body.requests.slice(2), archive, PART);
    await complete(storehouse, id, { parts: [...early, ...late] });
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
  });

  it('may be completed by several callers', async () => {
    const parts = await sendAll(await begin(), archive, PART);
    const answers = await Promise.all([1, 2, 3, 4].map(() => complete(storehouse, id, { parts })));
    for (const { status } of answers) expect(status).toBe(202);
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
  });

  it('leaves nothing if it is deleted during the upload of its last part', async () => {
    const requests = await begin();
    await sendAll(requests.slice(0, 2), archive, PART);
    await storehouse.call('DELETE', pathOf(id));
    await storehouse.sweep();
    await sendAll(requests.slice(2, 3), archive, PART);
  });
});

describe('the parts named', () => {
  it.each([
    ['one is missing', (parts: object[]) => parts.slice(1), [1]],
    ['the last are missing', (parts: object[]) => parts.slice(0, 2), [3, 4]],
    ['one is named twice', (parts: object[]) => [...parts.slice(0, 3), parts[0]], [4]],
    ['there is one too many', (parts: object[]) => [...parts, { number: 5, etag: '"5"' }], []],
  ])('are refused if %s, and the right ones are accepted afterwards', async (_, choose, missing) => {
    const parts = await sendAll(await begin(), archive, PART);
    const wrong = await complete(storehouse, id, { parts: choose(parts) });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'data-error', missing } });
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'pending', revision: 1 } });
    expect(await complete(storehouse, id, { parts })).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
  });

  it.each([
    ['one never came', false],
    ['one is another', true],
  ])('are refused if %s: nothing is lost, and the right ones are accepted afterwards', async (_, isThere) => {
    const requests = await begin();
    const early = await sendAll(requests.slice(0, isThere ? 4 : 3), archive, PART);
    const named = [...early.slice(0, 3), { number: 4, etag: `"${'0'.repeat(32)}"` }];
    const wrong = await complete(storehouse, id, { parts: named });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'data-error' } });
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'pending' } });
    const late = await sendAll(requests.slice(3), archive, PART);
    expect(await complete(storehouse, id, { parts: [...early.slice(0, 3), ...late] })).toMatchObject({
      status: 202,
    });
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
  });

  it.each([
    ['no list', { parts: 'all' }],
    ['none', { parts: [] }],
    ['a part without a number', { parts: [{ etag: '"a"' }] }],
    ['a part 0', { parts: [{ number: 0, etag: '"a"' }] }],
    ['something else', { pieces: [] }],
  ])('are validated first: %s', async (_, body) => {
    const parts = await sendAll(await begin(), archive, PART);
    expect(await complete(storehouse, id, body)).toMatchObject({ body: { code: 'invalid-request' } });
    expect(await complete(storehouse, id, { parts })).toMatchObject({ status: 202 });
  });

  describe('to S3', () => {
    let proxy: FaultProxy;
    let behind: Storehouse;
    beforeAll(async () => {
      ({ behind, proxy } = await openBehindProxy(storehouse));
      return proxy.stop;
    });

    const completion = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.includes('uploadId=');

    it.each([
      ['InvalidPart', 400],
      ['EntityTooSmall', 400],
      ['NoSuchUpload', 404],
    ])(
      'are a data error where it answers %s, and the right ones are taken afterwards',
      async (code, status) => {
        const parts = await sendAll(await begin(), archive, PART);
        proxy.answer(completion, { code, status });
        const wrong = await complete(behind, id, { parts });
        expect(wrong).toMatchObject({ status: 400, body: { code: 'data-error' } });
        expect(await complete(behind, id, { parts })).toMatchObject({ status: 202 });
        await storehouse.verify();
        expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
        proxy.clear();
      },
    );

    it('are joined once, by the first of two callers', async () => {
      const parts = await sendAll(await begin(), archive, PART);
      const gate = proxy.hold(completion);
      const slow = complete(behind, id, { parts });
      await gate.reached;
      expect(await complete(storehouse, id, { parts })).toMatchObject({ status: 202, body: { revision: 2 } });
      gate.open();
      expect(await slow).toMatchObject({ status: 202, body: { revision: 2 } });
      await storehouse.verify();
      expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
      proxy.clear();
    });

    it('may be joined although the answer was lost', async () => {
      const parts = await sendAll(await begin(), archive, PART);
      proxy.swallow(completion);
      expect(await complete(behind, id, { parts })).toMatchObject({ status: 202 });
      await storehouse.verify();
      expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
      proxy.clear();
    });
  });
});

describe('many parts', () => {
  it('come in small pages, and cover the data once', async () => {
    const size = 64 * 1024 + 950;
    const many = { singlePut: 64 * 1024, part: 64 };
    Object.assign(storehouse.dependencies, { limits: many });
    const { body } = await announce(storehouse, fresh('task'), randomBytes(0), { size });
    Object.assign(storehouse.dependencies, { limits });
    const pages = await pagesOf(body.upload);
    expect(pages).toHaveLength(11);
    for (const page of pages) {
      expect(page.length).toBeLessThanOrEqual(100);
      expect(JSON.stringify(page).length).toBeLessThan(200_000);
    }
    const requests = pages.flat();
    expect(requests).toHaveLength(1039);
    expect(requests.map(({ from }) => from)).toEqual([0, ...requests.slice(0, -1).map(({ to }) => to)]);
    expect(requests.at(-1)?.to).toBe(size);
    const numbers = requests.map(({ url }) => Number(new URL(url).searchParams.get('partNumber')));
    expect(numbers).toEqual(requests.map((_, at) => at + 1));
  });

  it('have cursors of their own upload only', async () => {
    const path = () => `${pathOf(id)}/data/upload`;
    await begin();
    const foreign = await storehouse.call('GET', `${path()}?cursor=bm9uc2Vuc2U`);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});
