/** An upload can replace the data of a volume to which nothing refers. The volume keeps its data until the new data is verified. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ElementRecord } from '../../../lib/element/element.ts';
import { eventsOf } from '../../../lib/event/catalogue.ts';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import type { Answer } from '../../taskport.ts';
import {
  announce,
  complete,
  digest,
  download,
  expectNothingLeft,
  HOUR,
  MINUTE,
  OBJECTS_AN_ARCHIVE,
  overtaking,
  pathOf,
  read,
  sendAll,
  someArchive,
  upload,
} from '../../uploading.ts';

let storehouse: Storehouse;
let first: Uint8Array;
let second: Uint8Array;
beforeAll(async () => {
  storehouse = await openStorehouse();
  const locations = [
    { name: 'volumes', kind: 'volume' },
    { name: 'images', kind: 'image' },
    { name: 'fixed', kind: 'volume', policy: 'create-only' },
    { name: 'small', kind: 'volume', capacity: 20 },
  ];
  for (const location of locations) await storehouse.call('POST', '/v1/locations', location);
  first = await someArchive(1000);
  second = await someArchive(9000);
});

const used: string[] = [];
afterEach(() => expectNothingLeft(storehouse, ...used.splice(0).reverse()));

const fresh = (place = 'volume://volumes'): string => {
  const id = `${place}/${randomBytes(6).toString('hex')}`;
  used.push(id);
  return id;
};
/** Makes a volume with data. */
const make = async (place?: string): Promise<string> => {
  const id = fresh(place);
  await upload(storehouse, id, first);
  await storehouse.verify();
  return id;
};
const begin = (id: string, bytes = second, said: object = {}): Promise<Answer> =>
  storehouse.call('POST', `${pathOf(id)}/data/upload`, {
    size: bytes.length,
    checksum: digest('sha256', bytes),
    ...said,
  });
const replace = async (id: string, bytes = second, sent = bytes): Promise<void> => {
  const { status, body } = await begin(id, bytes);
  expect(status).toBe(201);
  await sendAll(body.upload.requests, sent);
  expect((await complete(storehouse, id)).status).toBe(202);
  await storehouse.verify();
};
const urlOf = async (id: string): Promise<string> =>
  (await storehouse.call('GET', `${pathOf(id)}/data`)).headers.get('location') as string;

it('a replacement that another one overtakes leaves no upload in parts', async () => {
  const id = await make();
  const { answers, begun, aborted } = await overtaking(
    storehouse,
    () => begin(id, first),
    () => begin(id, second),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 412]);
  const { upload } = (await storehouse.dependencies.elements.get(id)) as ElementRecord;
  expect(aborted).toEqual(begun.filter((key) => key !== upload?.key));
});

describe('a replacement repeated with its key', () => {
  it('continues the one that began; another request with that key is refused', async () => {
    const id = await make();
    const request = { size: second.length, checksum: digest('sha256', second) };
    const ask = (body: object) =>
      storehouse.call('POST', `${pathOf(id)}/data/upload`, body, { 'idempotency-key': `begin-${id}` });
    const begun = await ask(request);
    expect([begun.status, begun.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const again = await ask(request);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.body.revision).toBe(begun.body.revision);
    expect(again.body.upload.requests).toHaveLength(1);
    expect(await ask({ ...request, size: 1 })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-mismatch' },
    });
    await sendAll(again.body.upload.requests, second);
    const key = { 'idempotency-key': `complete-${id}` };
    const done = await storehouse.call('POST', `${pathOf(id)}/data/complete`, undefined, key);
    expect(done.status).toBe(202);
    expect(await storehouse.call('POST', `${pathOf(id)}/data/complete`, undefined, key)).toMatchObject({
      status: 202,
      body: { revision: done.body.revision },
    });
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });
});

describe('the data of a volume', () => {
  it('is replaced only if it is unchanged, for a request with an entity tag', async () => {
    const id = await make();
    const body = { size: second.length, checksum: digest('sha256', second) };
    const ask = (tag: string) =>
      storehouse.call('POST', `${pathOf(id)}/data/upload`, body, { 'if-match': tag });
    const { headers } = await read(storehouse, id);
    await storehouse.call('PATCH', pathOf(id), { metadata: { rw: { note: 'changed' } } });
    for (const tag of ['"never"', headers.get('etag') as string])
      expect(await ask(tag)).toMatchObject({ status: 412, body: { code: 'revision-mismatch' } });
    expect((await read(storehouse, id)).body.checksum).toBe(digest('sha256', first));
    const now = (await read(storehouse, id)).headers.get('etag') as string;
    const { status, body: begun } = await ask(now);
    expect(status).toBe(201);
    // Other refusals come first, which a tag that matches nothing shows.
    expect(await ask('"never"')).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
    await sendAll(begun.upload.requests, second);
    await complete(storehouse, id);
    await storehouse.verify();
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });

  it('stays until the new data is verified, and then changes in one step', async () => {
    const id = await make();
    const old = { state: 'ready', checksum: digest('sha256', first), size: first.length, unpackedSize: 1000 };
    const { status, body } = await begin(id);
    expect(status).toBe(201);
    expect(body).toMatchObject(old);
    expect(body.upload.requests).toHaveLength(1);
    await sendAll(body.upload.requests, second);
    expect(await download(storehouse, id)).toEqual(Buffer.from(first));
    expect(await complete(storehouse, id)).toMatchObject({ status: 202, body: old });
    expect(await complete(storehouse, id)).toMatchObject({ status: 202, body: old });
    expect(await download(storehouse, id)).toEqual(Buffer.from(first));
    const before = await storehouse.image(id);
    await storehouse.verify();
    const after = await storehouse.image(id);
    expect(await read(storehouse, id)).toMatchObject({
      body: { state: 'ready', checksum: digest('sha256', second), unpackedSize: 9000, capacity: 9 },
    });
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
    expect(eventsOf({ id: '1', before: before as never, after: after as never })).toMatchObject([
      {
        detailType: 'Volume Modified',
        detail: { id, changed: ['capacity', 'checksum', 'size', 'unpackedSize', 'upload'] },
      },
    ]);
  });

  it('remains readable by its URL until that expires, and is then deleted', async () => {
    const id = await make();
    const old = await urlOf(id);
    await replace(id);
    await storehouse.sweep(9 * MINUTE);
    expect(Buffer.from(await (await fetch(old)).arrayBuffer())).toEqual(Buffer.from(first));
    await storehouse.sweep(11 * MINUTE);
    expect((await fetch(old)).status).toBe(404);
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });

  it('stays if the new data is refused, which the volume shows until another upload begins', async () => {
    const id = await make();
    await replace(id, second, randomBytes(second.length));
    const problem = { code: 'checksum-mismatch', expected: digest('sha256', second) };
    const refused = await read(storehouse, id);
    expect(refused).toMatchObject({ body: { state: 'ready', checksum: digest('sha256', first), problem } });
    expect((await complete(storehouse, id)).body).toMatchObject(problem);
    expect(await download(storehouse, id)).toEqual(Buffer.from(first));
    await storehouse.sweep(HOUR);
    expect(await storehouse.objects()).toHaveLength(OBJECTS_AN_ARCHIVE);

    const { body } = await begin(id);
    expect(body).not.toHaveProperty('problem');
    await sendAll(body.upload.requests, second);
    await complete(storehouse, id);
    // During the verification, the result of the former upload is no answer.
    expect(await complete(storehouse, id)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect((await read(storehouse, id)).body).not.toHaveProperty('problem');
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });

  it('stays if the new data never comes', async () => {
    const id = await make();
    await begin(id);
    await storehouse.sweep(25 * HOUR);
    expect(await read(storehouse, id)).toMatchObject({
      body: { state: 'ready', checksum: digest('sha256', first), problem: { code: 'data-error' } },
    });
    expect(await download(storehouse, id)).toEqual(Buffer.from(first));
    await replace(id);
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });

  it('stays if the new data has no room, to the last KiB', async () => {
    const id = await make('volume://small');
    const large = await someArchive(20 * 1024 + 1);
    await replace(id, large);
    expect(await read(storehouse, id)).toMatchObject({
      body: { state: 'ready', capacity: 1, problem: { code: 'insufficient-space', available: 19 } },
    });
    await replace(id, await someArchive(20 * 1024));
    expect(await read(storehouse, id)).toMatchObject({ body: { capacity: 20 } });
    expect((await announce(storehouse, fresh('volume://small'), first)).body).toMatchObject({ available: 0 });
  });

  it('changes without losing other changes meanwhile', async () => {
    const id = await make();
    const { body } = await begin(id);
    await storehouse.call('PATCH', pathOf(id), { metadata: { rw: { note: 'early' } }, freeSpace: 5 });
    await sendAll(body.upload.requests, second);
    await complete(storehouse, id);
    await storehouse.call('PATCH', pathOf(id), { metadata: { rw: { more: 'late' } } });
    await storehouse.verify();
    const expected = { metadata: { rw: { note: 'early', more: 'late' } }, capacity: 14, freeSpace: 5 };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    expect(await download(storehouse, id)).toEqual(Buffer.from(second));
  });

  it('is deleted with the volume, old and new', async () => {
    const id = await make();
    const { body } = await begin(id);
    await sendAll(body.upload.requests, second);
    await complete(storehouse, id);
    expect(await storehouse.call('DELETE', pathOf(id))).toMatchObject({ status: 204 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ status: 404 });
  });
});

describe('a replacement', () => {
  it('is refused for kinds whose data does not change', async () => {
    const image = fresh('image://images');
    await upload(storehouse, image, first);
    await storehouse.verify();
    expect((await begin(image)).body).toMatchObject({ code: 'invalid-request' });
    expect((await begin('volume://fixed/any')).body).toMatchObject({ code: 'invalid-location' });
    expect((await begin('volume://volumes/none')).body).toMatchObject({ code: 'not-found' });
    expect((await begin('volume://volumes/none', second, { size: -1 })).status).toBe(400);
  });

  it('is refused while other data is being uploaded', async () => {
    const id = fresh();
    await announce(storehouse, id, first);
    expect((await begin(id)).body).toMatchObject({ code: 'invalid-state', state: 'pending' });
    const replaced = await make();
    const [one, other] = await Promise.all([begin(replaced), begin(replaced)]);
    expect([one.status, other.status].sort()).toEqual([201, expect.toBeOneOf([409, 412])]);
  });

  it.each([
    ['data', make],
    [
      'metadata alone',
      async () => {
        const id = fresh();
        await storehouse.call('POST', '/v1/elements', { id });
        return id;
      },
    ],
  ])(
    'is refused while others refer to the volume, also if they come during the upload: %s',
    async (_, prepare) => {
      const id = await prepare();
      const { body } = await begin(id);
      await sendAll(body.upload.requests, second);
      const child = fresh();
      expect((await storehouse.call('POST', '/v1/elements', { id: child, parentId: id })).status).toBe(201);
      await complete(storehouse, id);
      await storehouse.verify();
      const { body: kept } = await read(storehouse, id);
      expect(kept).toMatchObject({ state: 'ready', problem: { code: 'in-use' } });
      // Each caller sees the references that it may read; the stored problem names none.
      expect(Object.keys(kept.problem)).toEqual(['code', 'detail']);
      expect((await complete(storehouse, id)).body).toMatchObject({
        code: 'in-use',
        references: [{ id: child, kind: 'child' }],
        hidden: 0,
      });
      expect(kept.checksum).not.toBe(digest('sha256', second));
      expect((await begin(id)).body).toMatchObject({ code: 'in-use' });
    },
  );

  it('beside a new child happens before it or not at all: no child has replaced data', async () => {
    for (let run = 0; run < 5; run += 1) {
      const id = await make();
      const child = fresh();
      const { body } = await begin(id);
      await sendAll(body.upload.requests, second);
      await complete(storehouse, id);
      const creating = storehouse.call('POST', '/v1/elements', { id: child, parentId: id });
      const [created] = await Promise.all([creating, storehouse.verify()]);
      const parent = (await read(storehouse, id)).body;
      const swapped = parent.checksum === digest('sha256', second);
      expect(created.status).toBeOneOf([201, 503]);
      if (created.status === 201) expect(created.body.capacity).toBe(swapped ? 9 : 1);
      else expect(swapped).toBe(true);
    }
  });
});
