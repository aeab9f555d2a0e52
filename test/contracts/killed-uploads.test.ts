/**
 * Uploads whose process dies before each of its writes, and after the last; then the client retries, or never does. The store is s3rver in the mode `trusting`; some
 * tests also run in the mode `enforcing`, as far as a laptop can.
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
import { isWrite } from './stores.ts';
import { announced, beginReplacement, limits, old, sendAwaited, type Work, works } from './upload-works.ts';

/** After the leases of deleters and verifiers, and before anything is given up. */
const LEASES_OVER = 17 * MINUTE;
/** The capacity of the location in KiB. */
const CAPACITY = 100_000;

let storehouse: Storehouse;
beforeAll(async () => {
  storehouse = await openStorehouse({ limits });
  const volumes = { name: 'volumes', kind: 'volume', capacity: CAPACITY };
  expect(await storehouse.call('POST', '/v1/locations', volumes)).toMatchObject({ status: 201 });
});

/**
 * Runs the work in a process that dies at the write after this number of answered ones. Answers the number of writes that it sent. A process
 * that dies between two reads leaves what it leaves at the write after them.
 */
const killed = async (work: Work, id: string, after: number, store: Store): Promise<number> => {
  let begun = 0;
  const underWay = new Set<Promise<unknown>>();
  let die = () => {};
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const process = storehouse.another({
    store,
    intercept: (request, pass) => {
      if (isWrite(request)) begun += 1;
      if (begun > after) {
        // Earlier requests are answered, though the process does not see the answers.
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

/** Completes the work from any state. Answers how it ends. */
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

/** Elements whose process died, after each possible number of writes. */
const killedEverywhere = async (work: Work, store: Store): Promise<string[]> => {
  const ids = [fresh()];
  const steps = await killed(work, ids[0] as string, Number.POSITIVE_INFINITY, store);
  expect(steps).toBeGreaterThan(0);
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

/** Every element has its data unchanged, or none. */
const expectSound = async (work: Work, id: string): Promise<void> => {
  const { body } = await read(storehouse, id);
  if (body.state !== 'ready') return;
  const data = (await download(storehouse, id)) as Buffer;
  expect(digest('sha256', data)).toBe(body.checksum);
  expect([digest('sha256', old), digest('sha256', work.bytes)]).toContain(body.checksum);
};

/** After all elements are deleted, nothing is left of them, and exactly their space is free again. */
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
/** Works that the client alone cannot complete. */
const half = works
  .filter(({ name }) => /for parts|complete$|verification|end of a replacement/.test(name))
  .map((work) => [work.name, work] as const);

describe('an upload killed after any of its steps', () => {
  it.each(cases)('%s completes when the client retries, if the store is %s', async (_, store, work) => {
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
  });

  it.each(half)('%s leaves nothing incomplete, even if the client never returns', async (_, work) => {
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
