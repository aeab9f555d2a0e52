/**
 * Data that goes to the store by signed requests. s3rver takes whatever it is sent, so what is tried here with real
 * bytes is the mode `trusting`, which believes nothing before it has read a copy. That S3 refuses what was not signed
 * cannot be shown on a laptop; what is shown is that all it has to enforce is among the signed headers.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf } from '../../../lib/event/from-change.ts';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  digest,
  download,
  expectNothingLeft,
  MINUTE,
  pathOf,
  read,
  send,
  sendAll,
  someArchive,
  upload,
} from '../../uploading.ts';

/** A tar archive with one file of 6 bytes, compressed by `zstd -19`. */
const ZSTD = Buffer.from(
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==',
  'base64',
);

let storehouse: Storehouse;
let archive: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse();
  for (const kind of ['image', 'volume', 'task']) {
    await storehouse.call('POST', '/v1/locations', { name: `${kind}s`, kind });
  }
  archive = await archiveOf(
    { name: 'etc/hostname', content: 'box\n' },
    { name: 'tool', content: 'x'.repeat(3000) },
  );
});

const used: string[] = [];
afterEach(() => expectNothingLeft(storehouse, ...used.splice(0)));
const fresh = (kind = 'image'): string => {
  const id = `${kind}://${kind}s/${randomBytes(6).toString('hex')}`;
  used.push(id);
  return id;
};

describe('announced data', () => {
  it('reserves the name, and is answered with one request that anybody may send as it stands', async () => {
    const id = fresh();
    const { status, body } = await announce(storehouse, id, archive);
    expect(status).toBe(201);
    expect(body).toMatchObject({ state: 'pending', revision: 1, size: archive.length });
    expect(body).toMatchObject({ checksum: digest('sha256', archive) });
    expect(Date.parse(body.upload.expiresAt)).toBeGreaterThan(Date.now() + MINUTE);
    expect(body.upload).not.toHaveProperty('cursor');
    expect(body.upload.requests).toEqual([
      {
        method: 'PUT',
        url: expect.any(String),
        headers: {
          'content-length': String(archive.length),
          'if-none-match': '*',
          'x-amz-checksum-sha256': Buffer.from(digest('sha256', archive).slice(7), 'hex').toString('base64'),
        },
        from: 0,
        to: archive.length,
      },
    ]);
    expect((await announce(storehouse, id, archive)).body).toMatchObject({ code: 'name-collision' });
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'pending' } });
    expect((await read(storehouse, id)).body).not.toHaveProperty('upload');
  });

  it('is held by the signature to its length, its checksum, and to being written once', async () => {
    const id = fresh();
    const { body } = await announce(storehouse, id, archive);
    const { searchParams } = new URL(body.upload.requests[0].url);
    const names = [...searchParams.keys()].map((name) => name.toLowerCase());
    expect(searchParams.get('X-Amz-SignedHeaders')?.split(';')).toEqual([
      'content-length',
      'host',
      'if-none-match',
      'x-amz-checksum-sha256',
    ]);
    // What stands in the query is no header, and a checksum of other bytes would be refused by S3.
    expect(names.filter((name) => /checksum|if-none-match|content-length/.test(name))).toEqual([]);
    expect(Number(searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(3600);
  });

  it('with a SHA-512 is held to its length, and read for the rest', async () => {
    const id = fresh();
    const said = { checksum: digest('sha512', archive) };
    const { body } = await announce(storehouse, id, archive, said);
    const [request] = body.upload.requests;
    expect(new URL(request.url).searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-length;host;if-none-match',
    );
    await send(request, archive);
    expect(await complete(storehouse, id)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready', ...said } });
  });

  it('is signed anew for whoever was interrupted, and no more once it came', async () => {
    const id = fresh();
    await announce(storehouse, id, archive);
    const again = await storehouse.call('GET', `${pathOf(id)}/data/upload`);
    expect(again.status).toBe(200);
    await sendAll(again.body.requests, archive);
    await complete(storehouse, id);
    const path = `${pathOf(id)}/data/upload`;
    expect(await storehouse.call('GET', path)).toMatchObject({ status: 409, body: { state: 'verifying' } });
    await storehouse.verify();
    expect(await storehouse.call('GET', path)).toMatchObject({ status: 409, body: { state: 'ready' } });
  });

  it('is announced once by a create that is repeated with its key', async () => {
    const id = fresh();
    const body = { id, size: archive.length, checksum: digest('sha256', archive), data: { upload: true } };
    const create = () => storehouse.call('POST', '/v1/elements', body, { 'idempotency-key': id });
    const first = await create();
    const again = await create();
    expect(again).toMatchObject({ status: 201, body: { revision: 1, state: 'pending' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const keyOf = (answer: typeof first) => new URL(answer.body.upload.requests[0].url).pathname;
    expect(keyOf(again)).toBe(keyOf(first));
  });

  it.each([
    ['more than 32 GiB', { size: 32 * 2 ** 30 + 1 }],
    ['a size below nothing', { size: -1 }],
    ['a checksum of no known sort', { checksum: `md5:${'0'.repeat(32)}` }],
    ['a checksum that is too short', { checksum: 'sha256:00' }],
  ])('is refused for %s, and reserves nothing', async (_, said) => {
    const id = fresh();
    expect((await announce(storehouse, id, archive, said)).status).toBeOneOf([400, 422]);
    expect(await read(storehouse, id)).toMatchObject({ status: 404 });
  });
});

describe('uploaded data', () => {
  it('is verifying until it was read, then ready, and only then does the world hear of it', async () => {
    const id = fresh();
    const { body } = await announce(storehouse, id, archive);
    const pending = await storehouse.image(id);
    await sendAll(body.upload.requests, archive);
    const completed = await complete(storehouse, id);
    expect(completed).toMatchObject({ status: 202, body: { state: 'verifying', revision: 2 } });
    expect(completed.body).not.toHaveProperty('upload');
    const verifying = await storehouse.image(id);
    expect(await download(storehouse, id)).toBe(409);

    await storehouse.verify();
    const ready = await storehouse.image(id);
    const expected = { state: 'ready', revision: 3, checksum: digest('sha256', archive), unpackedSize: 3004 };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    expect(await complete(storehouse, id)).toMatchObject({ status: 200, body: expected });

    expect(eventsOf({ id: '1', ...(pending ? { after: pending } : {}) })).toEqual([]);
    expect(eventsOf({ id: '2', before: pending as never, after: verifying as never })).toEqual([]);
    expect(eventsOf({ id: '3', before: verifying as never, after: ready as never })).toMatchObject([
      { detailType: 'Image Created', detail: { id, revision: 3 } },
    ]);
  });

  it.each([
    ['plain', () => archive, 3004],
    ['gzip', () => gzipSync(archive), 3004],
    ['zstd', () => ZSTD, 6],
  ])('is known for what it is by its bytes alone: %s', async (_, make, unpackedSize) => {
    const id = fresh('volume');
    expect(await upload(storehouse, id, make())).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready', unpackedSize } });
    expect(await download(storehouse, id)).toEqual(Buffer.from(make()));
  });

  it.each([0, 1, 5000])('of a task is anything: %i bytes', async (size) => {
    const id = fresh('task');
    const bytes = randomBytes(size);
    expect(await upload(storehouse, id, bytes)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready', size } });
    expect(await download(storehouse, id)).toEqual(bytes);
  });

  it('is had by HEAD and in ranges, and not again by who has it', async () => {
    const id = fresh('task');
    const bytes = randomBytes(2000);
    await upload(storehouse, id, bytes);
    await storehouse.verify();
    const path = `${pathOf(id)}/data`;
    expect(await download(storehouse, id, { range: 'bytes=100-299' })).toEqual(bytes.subarray(100, 300));
    const head = await storehouse.call('HEAD', path);
    expect([head.status, head.headers.get('etag')]).toEqual([307, `"${digest('sha256', bytes)}"`]);
    const { headers } = await fetch(head.headers.get('location') as string, { method: 'HEAD' });
    expect(headers.get('content-length')).toBe('2000');
    const known = { 'if-none-match': `"${digest('sha256', bytes)}"` };
    expect((await storehouse.call('GET', path, undefined, known)).status).toBe(304);
    const other = { 'if-none-match': `"${digest('sha256', archive)}"` };
    expect((await storehouse.call('GET', path, undefined, other)).status).toBe(307);
  });

  it('outlives a change of metadata while it is read', async () => {
    const id = fresh();
    await upload(storehouse, id, archive);
    const calls: string[] = [];
    const slow = storehouse.another({
      intercept: async (name, send) => {
        calls.push(name);
        const answer = await send();
        if (name === 'GetObject') {
          const metadata = { rw: { note: 'changed meanwhile' } };
          expect(await storehouse.call('PATCH', pathOf(id), { metadata })).toMatchObject({ status: 200 });
        }
        return answer;
      },
    });
    await slow.verify();
    const expected = { state: 'ready', revision: 4, metadata: { rw: { note: 'changed meanwhile' } } };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    expect(calls.filter((name) => name === 'GetObject')).toHaveLength(1);
  });

  it('is a parent from then on, and not before', async () => {
    const [id, child] = [fresh(), fresh()];
    const make = () => storehouse.call('POST', '/v1/elements', { id: child, parentId: id });
    await upload(storehouse, id, archive);
    expect((await make()).body).toMatchObject({ code: 'invalid-parent' });
    await storehouse.verify();
    expect(await make()).toMatchObject({ status: 201, body: { capacity: 3 } });
    used.reverse();
  });
});

describe('a store that enforces what was signed', () => {
  it('is not copied within: the bytes stay where the signed request put them', async () => {
    const id = fresh();
    const calls: string[] = [];
    const enforcing = storehouse.another({
      store: 'enforcing',
      intercept: (name, send) => {
        calls.push(name);
        return send();
      },
    });
    const bytes = await someArchive();
    await upload(enforcing, id, bytes);
    const before = await storehouse.objects();
    await enforcing.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    expect(calls).toContain('GetObject');
    expect(calls).not.toContain('CopyObject');
    expect(await storehouse.objects()).toEqual(before);
    expect(await download(storehouse, id)).toEqual(Buffer.from(bytes));
  });
});
