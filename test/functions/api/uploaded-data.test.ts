/**
 * Data that was uploaded by signed requests. s3rver accepts anything, so this is mostly the mode `trusting`, which verifies a copy. For a store
 * that enforces, a laptop can only show Taskport's own part.
 */

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { eventsOf } from '../../../lib/event/catalogue.ts';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  digest,
  download,
  expectNothingLeft,
  pathOf,
  read,
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

describe('uploaded data', () => {
  it('is verifying until it was read, then ready, and only then announced by an event', async () => {
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

    expect(eventsOf(defined({ id: '1', after: pending }))).toEqual([]);
    expect(eventsOf({ id: '2', before: pending as never, after: verifying as never })).toEqual([]);
    expect(eventsOf({ id: '3', before: verifying as never, after: ready as never })).toMatchObject([
      { detailType: 'Image Created', detail: { id, revision: 3 } },
    ]);
  });

  it.each([
    ['plain', () => archive, 3004],
    ['gzip', () => gzipSync(archive), 3004],
    ['zstd', () => ZSTD, 6],
  ])('is recognised by its bytes alone: %s', async (_, make, unpackedSize) => {
    const id = fresh('volume');
    expect(await upload(storehouse, id, make())).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready', unpackedSize } });
    expect(await download(storehouse, id)).toEqual(Buffer.from(make()));
  });

  it.each([0, 1, 5000])('of a task may be anything: %i bytes', async (size) => {
    const id = fresh('task');
    const bytes = randomBytes(size);
    expect(await upload(storehouse, id, bytes)).toMatchObject({ status: 202 });
    await storehouse.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready', size } });
    expect(await download(storehouse, id)).toEqual(bytes);
  });

  it('is answered for HEAD and for ranges, and not sent again to a caller who has it', async () => {
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

  it.each([
    ['is read', 'GetObject'],
    ['is about to be ready', 'TransactWriteItems'],
  ])('survives a change of metadata while it %s, and is read once', async (_, moment) => {
    const id = fresh();
    await upload(storehouse, id, archive);
    const calls: string[] = [];
    const other = storehouse.another({
      intercept: async (name, pass) => {
        if (name === moment && !calls.includes(name)) {
          const metadata = { rw: { note: 'changed meanwhile' } };
          expect(await storehouse.call('PATCH', pathOf(id), { metadata })).toMatchObject({ status: 200 });
        }
        calls.push(name);
        return pass();
      },
    });
    await other.verify(id);
    const expected = { state: 'ready', revision: 4, metadata: { rw: { note: 'changed meanwhile' } } };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    expect(calls.filter((name) => name === 'GetObject')).toHaveLength(1);
  });

  it('may be a parent once it is ready, and not before', async () => {
    const [id, child] = [fresh(), fresh()];
    const make = () => storehouse.call('POST', '/v1/elements', { id: child, parentId: id });
    await upload(storehouse, id, archive);
    expect((await make()).body).toMatchObject({ code: 'invalid-parent' });
    await storehouse.verify();
    expect(await make()).toMatchObject({ status: 201, body: { capacity: 3 } });
    used.reverse();
  });
});

describe('a store that enforces signatures', () => {
  it('is not copied: the bytes stay where the signed request put them', async () => {
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
    const [before] = await storehouse.objects();
    await enforcing.verify();
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    expect(calls).toContain('GetObject');
    expect(calls).not.toContain('CopyObject');
    expect(await storehouse.objects()).toEqual([before, `${before}.paths`]);
    expect(await download(storehouse, id)).toEqual(Buffer.from(bytes));
  });
});
