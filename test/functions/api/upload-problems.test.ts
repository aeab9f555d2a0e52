/**
 * Failed uploads leave nothing behind. s3rver enforces neither length nor checksum nor expiry of a signed request, so the verifier has to find
 * all problems.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as made from '../../archives/tar-bytes.ts';
import { frame } from '../../archives/zstd-bytes.ts';
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

const GIB = 2 ** 30;

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
// The bytes are deleted even while the `failed` element still exists.
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

describe('bytes that differ from the announcement', () => {
  const expectRefused = async (problem: object) => {
    const { body } = await read(storehouse, id);
    expect(body).toMatchObject({ state: 'failed', problem });
    expect(body).not.toHaveProperty('unpackedSize');
    expect(await download(storehouse, id)).toBe(409);
    // A repeated call gets the same answer.
    expect((await complete(storehouse, id)).body).toMatchObject(problem);
    await storehouse.sweep(MINUTE);
    // A copy under verification is deleted later, when no verifier can read it any more.
    await storehouse.sweep(HOUR);
    expect(await storehouse.objects()).toEqual([]);
  };

  it('are refused with both checksums if they are others of the same length', async () => {
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

  it('are refused with both checksums if the announced checksum is wrong', async () => {
    const checksum = digest('sha256', flipped(archive));
    await send(await begin({ checksum }), archive);
    await complete(storehouse, id);
    await storehouse.verify();
    expect(await complete(storehouse, id)).toMatchObject({ status: 422 });
    await expectRefused({ code: 'checksum-mismatch', expected: checksum, actual: digest('sha256', archive) });
  });

  it.each([
    ['short', () => archive.subarray(0, -1)],
    ['none', () => new Uint8Array(0)],
    ['long', () => Buffer.concat([archive, Buffer.of(0)])],
  ])('are refused with both sizes if they are too %s', async (_, make) => {
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
      'an archive with a hard link out of its root',
      () => archiveOf({ name: 'lib/x', type: 'link', linkname: '../../etc' }),
      'data-error',
      { entry: 'lib/x' },
    ],
    [
      'an archive of more than 64 GiB',
      () =>
        made.archive(
          made.paxSparse('1.0', 'a', [], 40 * GIB),
          made.oldSparse('b', [], 5 * GIB),
          made.paxSparse('1.0', 'c', [], 20 * GIB),
        ),
      'data-error',
      { entry: 'c' },
    ],
    ['zstd with a window of 1 GiB', () => frame(made.archive(), 30), 'unsupported-data-format', {}],
    [
      'a whole image',
      () =>
        made.archive(
          made.file('blobs/sha256/0', '{}'),
          made.file('index.json', '{"manifests":[]}'),
          made.file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
        ),
      'unsupported-data-format',
      {},
    ],
  ])('are refused although they match the announcement: %s', async (_, make, code, members) => {
    const bytes = await make();
    id = `image://images/${randomBytes(6).toString('hex')}`;
    expect(await upload(storehouse, id, bytes)).toMatchObject({ status: 202 });
    await storehouse.verify();
    await expectRefused({ code, ...members });
  });

  it('free the name after a delete, or after a while', async () => {
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
