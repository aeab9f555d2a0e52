/** The sweeper with its clock ahead, concurrently with all steps of uploads, and the space of the location meanwhile. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTHING, openStorehouse, type Storehouse } from '../storehouse.ts';
import {
  announce,
  complete,
  digest,
  download,
  expectNothingLeft,
  HOUR,
  MINUTE,
  OBJECTS_AN_ARCHIVE,
  pathOf,
  read,
  sendAll,
  someArchive,
  upload,
} from '../uploading.ts';
import { spaceLeft } from './space-left.ts';

const CAPACITY = 200;

let storehouse: Storehouse;
beforeEach(async () => {
  // The sweeper logs rows that others finished first.
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
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

/** Runs sweepers, each with its own clock, whenever a row is due, until the work is done. */
const whileSweeping = async (aheads: readonly number[], work: () => Promise<unknown>): Promise<void> => {
  let done = false;
  const sweepers = aheads.map(async (ahead) => {
    for (const process = slow(); !done; )
      await ((await storehouse.isDue(ahead)) ? process.sweep(ahead) : sleep(randomInt(20)));
  });
  try {
    await work();
  } finally {
    done = true;
    await Promise.all(sweepers);
  }
};

/** Checks that the data of a ready element matches its checksum, if the element stays unchanged meanwhile. */
const expectSound = async (id: string): Promise<void> => {
  const before = await read(storehouse, id);
  if (before.body.state !== 'ready' || before.body.checksum === undefined) return;
  const data = await download(storehouse, id);
  const after = await read(storehouse, id);
  if (after.body.revision !== before.body.revision) return;
  expect(data).toBeInstanceOf(Buffer);
  expect(digest('sha256', data as Buffer)).toBe(before.body.checksum);
};

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

describe('the sweeper', () => {
  it('takes nothing from uploads that are completed and verified concurrently', async () => {
    await whileSweeping([0, 10 * MINUTE, 15 * MINUTE], () =>
      Promise.all(
        range(10).map(async (at) => {
          const [process, id, bytes] = [slow(), idOf(at), await someArchive(1000)];
          const announced = await announce(process, id, bytes);
          await sendAll(announced.body.upload.requests, bytes);
          const answers = await Promise.all([complete(process, id), complete(slow(), id)]);
          for (const { status } of answers) expect(status).toBe(202);
          await verifyToTheEnd(id);
          expect(await read(process, id)).toMatchObject({ body: { state: 'ready', revision: 3 } });
          expect(await download(process, id)).toEqual(Buffer.from(bytes));
        }),
      ),
    );
    await storehouse.sweep(48 * HOUR);
    for (const at of range(10)) await expectSound(idOf(at));
    expect(await storehouse.objects()).toHaveLength(10 * OBJECTS_AN_ARCHIVE);
    expect(await freeSpace()).toBe(CAPACITY - 10);
    await expectNothingLeft(storehouse, ...range(10).map(idOf));
  });

  it('never removes an element’s data, however early it gives up others', async () => {
    const ids = range(8).map(idOf);
    const work = async (id: string): Promise<void> => {
      const process = slow();
      for (let turn = 0; turn < 3; turn += 1) {
        const bytes = await someArchive(randomInt(3000));
        const said = { size: bytes.length, checksum: digest('sha256', bytes) };
        await announce(process, id, bytes);
        const again = await process.call('POST', `${pathOf(id)}/data/upload`, said);
        const requests = again.body.upload?.requests;
        const { body } = await process.call('GET', `${pathOf(id)}/data/upload`);
        await sendAll(requests ?? body.requests ?? [], bytes);
        await Promise.all([complete(process, id), complete(process, id)]);
        await Promise.allSettled([process.verify(id), process.verify(id)]);
        await expectSound(id);
        if (randomInt(4) === 0) await process.call('DELETE', pathOf(id));
      }
    };
    await whileSweeping([0, 12 * MINUTE, 20 * MINUTE, 32 * MINUTE, 25 * HOUR], () =>
      Promise.all([...ids, ...ids.slice(0, 3)].map(work)),
    );
    await Promise.all(ids.map(expectSound));
    await freeSpace();
    for (const id of ids) await storehouse.call('DELETE', pathOf(id));
    await storehouse.sweep();
    await storehouse.sweep(60 * HOUR);
    expect((await storehouse.remains()).rows).toEqual([]);
    expect(await freeSpace()).toBe(CAPACITY);
  });

  it('completes the work of other sweepers, any number of them', async () => {
    const ids = range(12).map(idOf);
    const bytes = await someArchive();
    for (const id of ids) await upload(storehouse, id, bytes);
    await Promise.all(ids.slice(0, 6).map((id) => storehouse.call('DELETE', pathOf(id))));
    await Promise.all([0, 0, 0].map((ahead) => slow().sweep(ahead)));
    expect(await storehouse.objects()).toHaveLength(6);
    await Promise.all(range(4).map(() => slow().sweep(HOUR)));
    for (const id of ids.slice(6)) await storehouse.verify(id);
    for (const id of ids.slice(6))
      expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
    await Promise.all(ids.slice(6).map((id) => storehouse.call('DELETE', pathOf(id))));
    await Promise.all(range(4).map(() => slow().sweep(60 * HOUR)));
    expect(await storehouse.remains()).toEqual(NOTHING);
  });
});
