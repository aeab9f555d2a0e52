import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { hiddenAddress } from '../../infra/local/engines/hidden-address.ts';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import type { BlobStore } from '../../lib/element/blob-store.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { useEngines } from '../taskport.ts';
import { problem } from './records.ts';

describe('the bucket for data', () => {
  let blobs: BlobStore;
  beforeAll(() => {
    useEngines();
    blobs = new BlobBucket(createS3Client(), { bucket: TEST_BUCKET, enforces: false });
  });

  const read = async (key: string): Promise<Buffer | number> => {
    const response = await fetch(await blobs.url(key, 'GET'));
    return response.ok ? Buffer.from(await response.arrayBuffer()) : response.status;
  };

  it.each([0, 1, 4 * 1024 * 1024])(
    'answers the %i bytes that were stored to anyone with the URL',
    async (size) => {
      const key = randomUUID();
      const bytes = randomBytes(size);
      await blobs.put(key, bytes);
      expect(bytes.equals((await read(key)) as Buffer)).toBe(true);
      const head = await fetch(await blobs.url(key, 'HEAD'), { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(size)]);
    },
  );

  it('may store the same bytes twice', async () => {
    const key = randomUUID();
    await Promise.all([blobs.put(key, Buffer.from('same')), blobs.put(key, Buffer.from('same'))]);
    expect(await read(key)).toEqual(Buffer.from('same'));
  });

  it('has nothing under an unused key or after a removal', async () => {
    const key = randomUUID();
    expect(await read(key)).toBe(404);
    await blobs.put(key, Buffer.from('x'));
    await blobs.remove(key);
    expect(await read(key)).toBe(404);
  });

  const readPaths = async (key: string): Promise<Buffer | undefined> => {
    const index = await blobs.readPaths(key);
    return index && buffer(index);
  };

  it('keeps the index of paths beside the bytes, in any order of their writes, and removes both together', async () => {
    const key = randomUUID();
    await blobs.putPaths(key, Buffer.from('index'));
    expect(await read(key)).toBe(404);
    await blobs.put(key, Buffer.from('bytes'));
    expect([await read(key), await readPaths(key)]).toEqual([Buffer.from('bytes'), Buffer.from('index')]);
    await blobs.remove(key);
    expect([await read(key), await readPaths(key)]).toEqual([404, undefined]);
  });

  it('may have no index of paths, and a copy of bytes has none', async () => {
    const [key, copy] = [randomUUID(), randomUUID()];
    await blobs.put(key, Buffer.from('bytes'));
    expect(await readPaths(key)).toBeUndefined();
    await blobs.putPaths(key, Buffer.alloc(0));
    expect(await readPaths(key)).toEqual(Buffer.alloc(0));
    await blobs.copy(key, copy);
    expect([await read(copy), await readPaths(copy)]).toEqual([Buffer.from('bytes'), undefined]);
  });

  it('ignores the removal of a missing key', async () => {
    await expect(blobs.remove(randomUUID())).resolves.toBeUndefined();
  });

  it('asks for a retry if the store does not answer', async () => {
    useEngines(inject('dynamodbUrl'), (await hiddenAddress()).url);
    const nowhere = new BlobBucket(createS3Client(), { bucket: TEST_BUCKET, enforces: false });
    await expect(nowhere.put(randomUUID(), Buffer.from('x'))).rejects.toMatchObject(problem('unavailable'));
    await expect(nowhere.remove(randomUUID())).rejects.toMatchObject(problem('unavailable'));
    await expect(nowhere.readPaths(randomUUID())).rejects.toMatchObject(problem('unavailable'));
    useEngines();
  });
});
