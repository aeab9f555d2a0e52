/**
 * Uploads whose every step is the last one of a process: after each the client tries again, or never does. The store is
 * s3rver in the mode `trusting`; of the mode `enforcing` what can be had on a laptop is run as well.
 */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStorehouse, type Storehouse } from '../storehouse.ts';
import {
  complete,
  digest,
  download,
  expectNothingLeft,
  HOUR,
  MINUTE,
  OBJECTS_AN_ARCHIVE,
  pathOf,
  read,
} from '../uploading.ts';
import { announced, beginReplacement, limits, old, sendAwaited, type Work, works } from './upload-works.ts';

/** Past the lease of a deleter and of a verifier, and before anything is given up. */
const LEASES_OVER = 17 * MINUTE;
/** KiB of the location. */
const CAPACITY = 100_000;

let storehouse: Storehouse;
beforeAll(async () => {
  storehouse = await openStorehouse({ limits });
  const volumes = { name: 'volumes', kind: 'volume', capacity: CAPACITY };
  expect(await storehouse.call('POST', '/v1/locations', volumes)).toMatchObject({ status: 201 });
});

/** Runs the work in a process that dies once that many of its requests are answered. Answers how many it sent. */
const killed = async (work: Work, id: string, after: number, store: Store): Promise<number> => {
  let begun = 0;
  const underWay = new Set<Promise<unknown>>();
  let die = () => {};
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const process = storehouse.another({
    store,
    intercept: (_, pass) => {
      begun += 1;
      if (begun > after) {
        // What was sent before it is answered, though nobody hears of it.
        void Promise.allSettled(underWay).then(die);
        return new Promise(() => {});
      }
      const passing = pass();
      underWay.add(passing);
      return passing;
    },
  });
  const arranged = await work.arrange?.(storehouse, id);
  await Promise.race([work.run(process, id, arranged), death]);
  return begun;
};

/** What a client does that wants the work done, from wherever it was left. Answers how it ends. */
const finish = async ({ bytes, sent: really = bytes, end }: Work, id: string): Promise<string> => {
  if (end === 'gone') {
    expect((await storehouse.call('DELETE', pathOf(id))).status).toBeOneOf([204, 404]);
    return (await read(storehouse, id)).status === 404 ? 'gone' : 'still there';
  }
  for (let turn = 0; turn < 10; turn += 1) {
    const { status, body } = await read(storehouse, id);
    if (status === 404) await announced(storehouse, id, bytes);
    else if (body.problem) return body.problem.code;
    else if (body.state === 'ready' && body.checksum === digest('sha256', bytes)) return 'ready';
    else {
      const parts = await sendAwaited(storehouse, id, really);
      if (parts) await complete(storehouse, id, { parts });
      else if (body.state === 'ready') await beginReplacement(storehouse, id, bytes);
      await storehouse.verify(id);
    }
  }
  return 'no end';
};

type Store = 'trusting' | 'enforcing';

const fresh = () => `volume://volumes/${randomBytes(6).toString('hex')}`;

/** Elements that were worked on by a process which died, by how many of its requests were answered. */
const killedEverywhere = async (work: Work, store: Store): Promise<string[]> => {
  const ids = [fresh()];
  const steps = await killed(work, ids[0] as string, Number.POSITIVE_INFINITY, store);
  expect(steps).toBeGreaterThan(1);
  await Promise.all(
    Array.from({ length: steps }, async (_, after) => {
      const id = fresh();
      ids.push(id);
      await killed(work, id, after, store);
      await expectSound(work, id);
    }),
  );
  return ids;
};

/** No data that an element is said to have is other data, or none. */
const expectSound = async (work: Work, id: string): Promise<void> => {
  const { body } = await read(storehouse, id);
  if (body.state !== 'ready') return;
  const data = (await download(storehouse, id)) as Buffer;
  expect(digest('sha256', data)).toBe(body.checksum);
  expect([digest('sha256', old), digest('sha256', work.bytes)]).toContain(body.checksum);
};

/** Once all elements are deleted nothing is left of them, and all space is given back, no more and no less. */
const expectAllGone = async (ids: readonly string[]): Promise<void> => {
  await Promise.all(ids.map((each) => storehouse.call('DELETE', pathOf(each))));
  await expectNothingLeft(storehouse);
  const id = fresh();
  const taking = (freeSpace: number) => storehouse.call('POST', '/v1/elements', { id, freeSpace });
  expect(await taking(CAPACITY + 1)).toMatchObject({ status: 409, body: { available: CAPACITY } });
  expect(await taking(CAPACITY)).toMatchObject({ status: 201 });
  await storehouse.call('DELETE', pathOf(id));
};

const cases = [
  ...works.map((work) => [work.name, 'trusting', work] as const),
  ...works
    .filter(({ name }) => name === 'a verification')
    .map((work) => [work.name, 'enforcing', work] as const),
];
/** Where others must end what was begun, and the client alone cannot. */
const half = works
  .filter(({ name }) => /for parts|complete$|verification|end of a replacement/.test(name))
  .map((work) => [work.name, work] as const);

describe('killed after any of its steps', () => {
  it.each(cases)(
    '%s comes to its end when the client tries again, where the store is %s',
    async (_, store, work) => {
      const ids = await killedEverywhere(work, store);
      await storehouse.sweep(LEASES_OVER);
      const ends: Record<string, string> = {};
      await Promise.all(
        ids.map(async (id) => {
          await expectSound(work, id);
          ends[id] = await finish(work, id);
          await expectSound(work, id);
        }),
      );
      expect(ends).toEqual(Object.fromEntries(ids.map((id) => [id, work.end])));
      await storehouse.sweep(HOUR);
      for (const id of ids) await expectSound(work, id);
      await expectAllGone(ids);
    },
  );

  it.each(half)('%s leaves nothing half done though nobody comes back', async (_, work) => {
    const ids = await killedEverywhere(work, 'trusting');
    for (const hours of [1, 25, 50]) {
      await storehouse.sweep(hours * HOUR);
      await storehouse.verify();
    }
    const states: string[] = [];
    for (const id of ids) {
      await expectSound(work, id);
      states.push((await read(storehouse, id)).body.state ?? 'gone');
    }
    expect(states.filter((state) => state !== 'ready' && state !== 'gone')).toEqual([]);
    const ready = states.filter((state) => state === 'ready');
    expect(await storehouse.objects()).toHaveLength(OBJECTS_AN_ARCHIVE * ready.length);
    await expectAllGone(ids);
  });
});
