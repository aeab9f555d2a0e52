/** The space of a location during concurrent uploads. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStorehouse, type Storehouse } from '../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  expectNothingLeft,
  HOUR,
  pathOf,
  read,
  sendAll,
  someArchive,
} from '../uploading.ts';
import { spaceLeft } from './space-left.ts';

const CAPACITY = 200;

let storehouse: Storehouse;
beforeEach(async () => {
  storehouse = await openStorehouse();
  await storehouse.call('POST', '/v1/locations', { name: 'volumes', kind: 'volume', capacity: CAPACITY });
});

/** Another process, with slow requests. */
const slow = (): Storehouse =>
  storehouse.another({
    intercept: async (_, pass) => {
      await sleep(randomInt(8));
      return pass();
    },
  });
const idOf = (name: string | number): string => `volume://volumes/e${name}`;
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** The free KiB, after checking that all others belong to elements. */
const freeSpace = async (): Promise<number> => {
  const rows = await storehouse.rows();
  const available = spaceLeft(rows, 'volumes') ?? -1;
  const capacities = rows.map(
    ({ attributes }) => (attributes as { capacity?: number } | undefined)?.capacity ?? 0,
  );
  const locations = CAPACITY;
  expect(available).toBeGreaterThanOrEqual(0);
  expect(available + capacities.reduce((sum, each) => sum + each, 0) - locations).toBe(CAPACITY);
  return available;
};

/** Verifies as often as necessary, twice at a time, like a bus that delivers at least once. */
const verifyToTheEnd = async (id: string): Promise<void> => {
  const verifier = slow();
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.allSettled([verifier.verify(id), verifier.verify(id)]);
    if ((await storehouse.dependencies.elements.get(id))?.upload === undefined) return;
  }
  throw new Error(`${id} comes to no end`);
};

describe('the space of a location', () => {
  const packed = async (kib: number): Promise<Uint8Array> =>
    gzipSync(await archiveOf({ name: 'zeros', content: Buffer.alloc(kib * 1024) }));

  it('is never given twice, for any concurrent ends', async () => {
    // Small by their announcement, larger unpacked: together they would take 280 KiB.
    const bytes = await packed(20);
    const ids = range(14).map(idOf);
    const answers = await Promise.all(ids.map((id) => announce(slow(), id, bytes)));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));
    await freeSpace();
    await Promise.all(answers.map(({ body }) => sendAll(body.upload.requests, bytes)));
    await Promise.all(ids.map((id) => complete(slow(), id)));
    await Promise.all(ids.map(verifyToTheEnd));
    const bodies = await Promise.all(ids.map(async (id) => (await read(storehouse, id)).body));
    const ready = bodies.filter(({ state }) => state === 'ready');
    expect(ready.length).toBeGreaterThanOrEqual(9);
    expect(ready.length).toBeLessThanOrEqual(10);
    for (const { state, problem } of bodies) {
      if (state !== 'ready') expect(problem).toMatchObject({ code: 'insufficient-space' });
    }
    expect(await freeSpace()).toBe(CAPACITY - ready.length * 20);
    await Promise.all([...ids.map((id) => slow().call('DELETE', pathOf(id))), slow().sweep(HOUR)]);
    expect(await freeSpace()).toBe(CAPACITY);
    await expectNothingLeft(storehouse);
  });

  it('is reserved for the announced size, from the first upload to the last', async () => {
    const bytes = await someArchive(100 * 1024);
    const kib = Math.ceil(bytes.length / 1024);
    const id = idOf('first');
    const { body } = await announce(storehouse, id, bytes);
    const others = await Promise.all([1, 2, 3].map((at) => announce(slow(), idOf(at), bytes)));
    for (const { status, body: other } of others) {
      expect([status, other.available]).toEqual([409, CAPACITY - kib]);
    }
    await sendAll(body.upload.requests, bytes);
    await complete(storehouse, id);
    // A pending upload takes the same space while it is verified.
    await storehouse.call('PATCH', pathOf(id), { freeSpace: 10 });
    expect(await freeSpace()).toBe(CAPACITY - kib - 10);
    await storehouse.verify(id);
    expect(await freeSpace()).toBe(CAPACITY - 110);
    await expectNothingLeft(storehouse, id);
  });

  it('is free at once after a failure, in spite of later requests', async () => {
    const bytes = await someArchive(5000);
    const id = idOf('failed');
    const { body } = await announce(storehouse, id, bytes, { freeSpace: 50 });
    await sendAll(body.upload.requests, randomBytes(bytes.length));
    await complete(storehouse, id);
    await storehouse.verify(id);
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'failed' } });
    expect(await freeSpace()).toBe(CAPACITY);
    await storehouse.call('PATCH', pathOf(id), { freeSpace: 60 });
    expect(await freeSpace()).toBe(CAPACITY);
    await expectNothingLeft(storehouse, id);
    expect(await freeSpace()).toBe(CAPACITY);
  });
});
