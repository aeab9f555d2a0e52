/**
 * What goes wrong with uploads, and that nothing of it stays. The store here is s3rver, which enforces neither length
 * nor checksum nor expiry of a signed request: all of it has to be found by whoever reads the bytes.
 */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NOTHING, openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  digest,
  download,
  expectNothingLeft,
  HOUR,
  MINUTE,
  MUCH_LATER,
  pathOf,
  read,
  send,
  someArchive,
  upload,
} from '../../uploading.ts';

let storehouse: Storehouse;
let archive: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse();
  await storehouse.call('POST', '/v1/locations', { name: 'images', kind: 'image' });
  await storehouse.call('POST', '/v1/locations', { name: 'tasks', kind: 'task' });
  archive = await someArchive(2000);
});

let id = '';
const begin = async (said: object = {}) => {
  id = `image://images/${randomBytes(6).toString('hex')}`;
  return (await announce(storehouse, id, archive, said)).body.upload.requests[0];
};
// Even while the element is still there, `failed`, its bytes are gone.
afterEach(async () => {
  await storehouse.sweep();
  await storehouse.sweep(MUCH_LATER);
  expect(await storehouse.remains()).toEqual(NOTHING);
});

const flipped = (bytes: Uint8Array): Uint8Array => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy.at(-1600) ?? 0) ^ 1, copy.length - 1600);
  return copy;
};

describe('bytes that are not what was announced', () => {
  const expectRefused = async (problem: object) => {
    const { body } = await read(storehouse, id);
    expect(body).toMatchObject({ state: 'failed', problem });
    expect(body).not.toHaveProperty('unpackedSize');
    expect(await download(storehouse, id)).toBe(409);
    // Whoever asks again is told the same.
    expect((await complete(storehouse, id)).body).toMatchObject(problem);
    await storehouse.sweep(MINUTE);
    // Unlike a copy that is being read, which goes when nobody can be reading it any more.
    await storehouse.sweep(HOUR);
    expect(await storehouse.objects()).toEqual([]);
  };

  it('are refused with both checksums where they are others of the same length', async () => {
    const request = await begin();
    const other = flipped(archive);
    await send(request, archive, other);
    expect(await complete(storehouse, id)).toMatchObject({ status: 202 });
    await storehouse.verify();
    await expectRefused({
      code: 'checksum-mismatch',
      expected: digest('sha256', archive),
      actual: digest('sha256', other),
    });
  });

  it('are refused with both checksums where it is the checksum that is wrong', async () => {
    const checksum = digest('sha256', flipped(archive));
    await send(await begin({ checksum }), archive);
    await complete(storehouse, id);
    await storehouse.verify();
    await expectRefused({ code: 'checksum-mismatch', expected: checksum, actual: digest('sha256', archive) });
    expect(await complete(storehouse, id)).toMatchObject({ status: 422 });
  });

  it.each([
    ['short', () => archive.subarray(0, -1)],
    ['none', () => new Uint8Array(0)],
    ['long', () => Buffer.concat([archive, Buffer.of(0)])],
  ])('are refused with both sizes where they are too %s', async (_, make) => {
    const other = make();
    await send(await begin(), archive, other);
    const problem = { code: 'data-error', expected: archive.length, actual: other.length };
    expect(await complete(storehouse, id)).toMatchObject({ status: 400, body: problem });
    await expectRefused(problem);
  });

  it.each([
    ['no archive', () => randomBytes(3000), 'unsupported-data-format', {}],
    ['an archive that breaks off', async () => gzipSync(archive).subarray(0, -30), 'data-error', {}],
    [
      'an archive that climbs out of its root',
      () => archiveOf({ name: 'fine' }, { name: 'a/../../etc/passwd', content: 'x' }),
      'data-error',
      { entry: 'a/../../etc/passwd' },
    ],
    [
      'an archive with a link out of its root',
      () => archiveOf({ name: 'lib/x', type: 'symlink', linkname: '../../etc' }),
      'data-error',
      { entry: 'lib/x' },
    ],
    ['a bomb', () => gzipSync(Buffer.alloc(80 * 2 ** 20)), 'data-error', {}],
  ])('are refused though they are what was announced: %s', async (_, make, code, members) => {
    const bytes = await make();
    id = `image://images/${randomBytes(6).toString('hex')}`;
    expect(await upload(storehouse, id, bytes)).toMatchObject({ status: 202 });
    await storehouse.verify();
    await expectRefused({ code, ...members });
  });

  it('leave the name to others after a delete, or after a while', async () => {
    await send(await begin(), archive, archive.subarray(1));
    await complete(storehouse, id);
    expect(await announce(storehouse, id, archive)).toMatchObject({ body: { code: 'name-collision' } });
    await storehouse.sweep(16 * MINUTE);
    const { body } = await announce(storehouse, id, archive);
    await send(body.upload.requests[0], archive, archive.subarray(1));
    await complete(storehouse, id);
    expect(await storehouse.call('DELETE', pathOf(id))).toMatchObject({ status: 204 });
    expect(await upload(storehouse, id, archive)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    await expectNothingLeft(storehouse, id);
  });
});

describe('a URL', () => {
  it('that is used again changes nothing of what an element has, and what it wrote is removed', async () => {
    const request = await begin();
    await send(request, archive);
    await complete(storehouse, id);
    await send(request, archive, flipped(archive));
    await storehouse.verify();
    // What was written before the copy is refused, and nothing is ready that was not read.
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'failed' } });

    const second = await begin();
    await send(second, archive);
    await complete(storehouse, id);
    await storehouse.verify();
    await send(second, archive, flipped(archive));
    await storehouse.sweep();
    await send(second, archive, randomBytes(50));
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    await storehouse.sweep(25 * HOUR);
    expect(await storehouse.objects()).toHaveLength(1);
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    await expectNothingLeft(storehouse, id);
  });

  it.each([
    ['a delete', async () => void (await storehouse.call('DELETE', pathOf(id)))],
    ['the upload was given up', () => storehouse.sweep(25 * HOUR - MINUTE * 55)],
    [
      'a failure',
      async () => {
        await send(
          (await storehouse.call('GET', `${pathOf(id)}/data/upload`)).body.requests[0],
          archive,
          Buffer.of(1),
        );
        await complete(storehouse, id);
      },
    ],
  ])('that is used after %s brings nothing back, and what it wrote is removed', async (_, end) => {
    const request = await begin();
    await end();
    await storehouse.sweep();
    await send(request, archive);
    expect(await storehouse.objects()).toHaveLength(1);
    expect((await read(storehouse, id)).body.state).not.toBe('ready');
    expect((await complete(storehouse, id)).status).toBeOneOf([400, 404]);
  });

  it('that wrote where a store enforces is of no use after the delete either', async () => {
    const enforcing = storehouse.another({ store: 'enforcing' });
    const request = await begin();
    await send(request, archive);
    await complete(enforcing, id);
    await enforcing.verify();
    expect(await download(enforcing, id)).toEqual(Buffer.from(archive));
    await storehouse.call('DELETE', pathOf(id));
    await storehouse.sweep();
    expect(await storehouse.objects()).toEqual([]);
    // `if-none-match` lets it: nothing is there any more.
    await send(request, archive);
  });
});

describe('a complete', () => {
  it('before the upload is an invalid state, and right afterwards', async () => {
    const request = await begin();
    const early = await complete(storehouse, id);
    expect(early).toMatchObject({ status: 409, body: { code: 'invalid-state', state: 'pending' } });
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'pending', revision: 1 } });
    await send(request, archive);
    expect(await complete(storehouse, id)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    await expectNothingLeft(storehouse, id);
  });

  it('of data that comes through the API is an invalid state', async () => {
    id = `image://images/${randomBytes(6).toString('hex')}`;
    await storehouse.call('POST', '/v1/elements', { id, data: { upload: true } });
    expect(await complete(storehouse, id)).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  it('beside others is one: all are answered alike, and the element is ready once', async () => {
    await send(await begin(), archive);
    const answers = await Promise.all(Array.from({ length: 6 }, () => complete(storehouse, id)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 202, body: { state: 'verifying', revision: 2 } });
    }
    // The bus delivers at least once.
    await Promise.all(
      [storehouse.verify(), storehouse.verify(), storehouse.verify()].map((each) => each.catch(() => {})),
    );
    const ready = { status: 200, body: { state: 'ready', revision: 3 } };
    expect(await Promise.all([complete(storehouse, id), complete(storehouse, id)])).toMatchObject([
      ready,
      ready,
    ]);
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    await expectNothingLeft(storehouse, id);
  });

  it('of what is not there is not found', async () => {
    expect(await complete(storehouse, 'image://images/none')).toMatchObject({ status: 404 });
    expect(await complete(storehouse, 'image://nowhere/none')).toMatchObject({
      body: { code: 'unknown-location' },
    });
  });
});

describe('an upload', () => {
  it('that goes on while its element is deleted leaves nothing', async () => {
    const { url, headers } = await begin();
    const sending = httpRequest(url, { method: 'PUT', headers: { ...headers } });
    const answered = new Promise((settle) => sending.on('response', (response) => settle(response.resume())));
    sending.write(archive.subarray(0, 1000));
    expect(await storehouse.call('DELETE', pathOf(id))).toMatchObject({ status: 204 });
    await storehouse.sweep();
    sending.end(archive.subarray(1000));
    await answered;
    expect(await complete(storehouse, id)).toMatchObject({ status: 404 });
  });

  it('that never comes is given up after a day, and the name is free', async () => {
    await begin();
    await storehouse.sweep(23 * HOUR);
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'pending' } });
    await storehouse.sweep(25 * HOUR);
    expect(await read(storehouse, id)).toMatchObject({ status: 404 });
  });

  it('whose element is deleted while it is read leaves nothing, and troubles nobody', async () => {
    await send(await begin(), archive);
    await complete(storehouse, id);
    const other = storehouse.another({
      intercept: async (name, pass) => {
        const answer = await pass();
        if (name === 'GetObject') await storehouse.call('DELETE', pathOf(id));
        return answer;
      },
    });
    await other.verify();
    expect(await read(storehouse, id)).toMatchObject({ status: 404 });
  });
});
