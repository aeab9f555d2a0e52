/**
 * Requests at the wrong time: a URL that is used again or too late, a complete before the upload or concurrently, a delete in between. s3rver
 * accepts a write to a URL at any time, like S3 for one that began in time; a laptop cannot show that S3 refuses the others.
 */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NOTHING, openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  complete,
  download,
  expectNothingLeft,
  HOUR,
  MUCH_LATER,
  OBJECTS_AN_ARCHIVE,
  pathOf,
  read,
  send,
  someArchive,
} from '../../uploading.ts';

let storehouse: Storehouse;
let archive: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse();
  await storehouse.call('POST', '/v1/locations', { name: 'images', kind: 'image' });
  archive = await someArchive(2000);
});

let id = '';
const begin = async () => {
  id = `image://images/${randomBytes(6).toString('hex')}`;
  return (await announce(storehouse, id, archive)).body.upload.requests[0];
};
afterEach(async () => {
  await storehouse.sweep();
  await storehouse.sweep(MUCH_LATER);
  expect(await storehouse.remains()).toEqual(NOTHING);
});

describe('a URL', () => {
  it('that is used again changes no data of an element, and its bytes are removed', async () => {
    const request = await begin();
    await send(request, archive);
    await complete(storehouse, id);
    await send(request, archive, randomBytes(archive.length));
    await storehouse.verify();
    // Bytes written before the copy are refused, and nothing becomes ready without verification.
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'failed' } });

    const second = await begin();
    await send(second, archive);
    await complete(storehouse, id);
    await storehouse.verify();
    await send(second, archive, randomBytes(archive.length));
    await storehouse.sweep();
    await send(second, archive, randomBytes(50));
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    await storehouse.sweep(MUCH_LATER);
    expect(await storehouse.objects()).toHaveLength(OBJECTS_AN_ARCHIVE);
    expect(await download(storehouse, id)).toEqual(Buffer.from(archive));
    await expectNothingLeft(storehouse, id);
  });

  it.each([
    ['a delete', async () => void (await storehouse.call('DELETE', pathOf(id)))],
    ['the upload was given up', () => storehouse.sweep(25 * HOUR)],
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
  ])('that is used after %s restores nothing, and its bytes are removed', async (_, end) => {
    const request = await begin();
    await end();
    await storehouse.sweep();
    await send(request, archive);
    expect(await storehouse.objects()).toContain(new URL(request.url).pathname.split('/').at(-1));
    expect((await read(storehouse, id)).body.state).not.toBe('ready');
    expect((await complete(storehouse, id)).status).toBeOneOf([400, 404]);
  });

  it('for a store that enforces is useless after the delete, too', async () => {
    const enforcing = storehouse.another({ store: 'enforcing' });
    const request = await begin();
    await send(request, archive);
    await complete(enforcing, id);
    await enforcing.verify();
    expect(await download(enforcing, id)).toEqual(Buffer.from(archive));
    await storehouse.call('DELETE', pathOf(id));
    await storehouse.sweep();
    expect(await storehouse.objects()).toEqual([]);
    // `if-none-match` permits it, because the object is gone.
    await send(request, archive);
  });
});

describe('a complete', () => {
  it('before the upload is an invalid state, and succeeds afterwards', async () => {
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

  it('repeated concurrently has one effect: all get the same answer, and the element is ready once', async () => {
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

  it('of a missing element is not found', async () => {
    expect(await complete(storehouse, 'image://images/none')).toMatchObject({ status: 404 });
    expect(await complete(storehouse, 'image://nowhere/none')).toMatchObject({
      body: { code: 'unknown-location' },
    });
  });
});

describe('an upload', () => {
  it('whose element is deleted in the middle leaves nothing', async () => {
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

  it('whose element is deleted during the verification leaves nothing, and causes no error', async () => {
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
