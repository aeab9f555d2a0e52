/**
 * Data that callers send to the store by signed requests. s3rver accepts anything, so with real bytes these tests cover the mode `trusting`,
 * which verifies a copy. A laptop cannot show that S3 refuses other requests; the tests show that everything that S3 has to enforce is among the
 * signed headers.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  digest,
  expectNothingLeft,
  MINUTE,
  pathOf,
  read,
  send,
  sendAll,
} from '../../uploading.ts';

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
  it('reserves the name, and gets one request that anybody may send unchanged', async () => {
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

  it('is limited by the signature to its length, its checksum, and a single write', async () => {
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
    // Parameters in the query are no headers, and S3 would refuse a checksum of other bytes.
    expect(names.filter((name) => /checksum|if-none-match|content-length/.test(name))).toEqual([]);
    expect(Number(searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300);
  });

  it('with a SHA-512 is limited to its length, and verified by reading', async () => {
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

  it('is signed again for an interrupted caller, but not after it has arrived', async () => {
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

  it('is announced once by a repeated create with its key', async () => {
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
