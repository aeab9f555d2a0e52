import { describe, expect, it } from 'vitest';
import { KnownLocations, LOCATION_TTL_MS } from '../../../lib/location/known-locations.ts';
import type { Location } from '../../../lib/location/location.ts';

const location = (revision: number): Location => ({
  name: 'jobs',
  kind: 'task',
  type: 's3',
  policy: 'read-write',
  owner: '',
  state: 'open',
  revision,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'me',
  modifiedAt: '2026-01-01T00:00:00.000Z',
  modifiedBy: 'me',
});

/** Known locations over a store whose answers the test gives, one by one. */
const start = (answer: (read: number) => Promise<Location | undefined>) => {
  const clock = { now: 0 };
  let reads = 0;
  const known = new KnownLocations(
    {
      get: () => {
        reads += 1;
        return answer(reads);
      },
    },
    () => clock.now,
  );
  return { known, clock, reads: () => reads };
};
const revisionOf = async (known: KnownLocations) => (await known.get('jobs')).revision;

describe('a location', () => {
  it('is read once in a while, and a change is seen within the five seconds promised', async () => {
    const { known, clock, reads } = start(async (read) => location(read));
    expect(await revisionOf(known)).toBe(1);
    clock.now = LOCATION_TTL_MS - 1;
    expect(await revisionOf(known)).toBe(1);
    clock.now = LOCATION_TTL_MS;
    expect(await revisionOf(known)).toBe(2);
    expect(reads()).toBe(2);
    expect(LOCATION_TTL_MS).toBeLessThan(5_000);
  });

  it('is read once for all who ask at the same time', async () => {
    let answer = (_: Location): void => {};
    const { known, reads } = start(() => new Promise((settle) => (answer = settle)));
    const asked = Array.from({ length: 20 }, () => revisionOf(known));
    answer(location(7));
    expect(await Promise.all(asked)).toEqual(Array(20).fill(7));
    expect(reads()).toBe(1);
  });

  it('is read anew once it is forgotten', async () => {
    const { known } = start(async (read) => location(read));
    await known.get('jobs');
    known.forget('jobs');
    expect(await revisionOf(known)).toBe(2);
  });

  it('forgotten while it is being read is not remembered as it was before', async () => {
    let answer = (_: Location): void => {};
    const { known } = start((read) =>
      read === 1 ? new Promise((settle) => (answer = settle)) : Promise.resolve(location(read)),
    );
    const before = known.get('jobs');
    known.forget('jobs');
    answer(location(1));
    await before;
    expect(await revisionOf(known)).toBe(2);
  });

  it('that is not there is asked for each time, so that a new one is usable at once', async () => {
    const { known } = start(async (read) => (read < 3 ? undefined : location(read)));
    await expect(known.get('jobs')).rejects.toMatchObject({ code: 'unknown-location' });
    expect(await known.find('jobs')).toBeUndefined();
    expect(await revisionOf(known)).toBe(3);
  });

  it('whose read failed is read again', async () => {
    const { known } = start((read) =>
      read === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(location(read)),
    );
    const asked = [known.get('jobs'), known.get('jobs')];
    for (const one of await Promise.allSettled(asked)) expect(one.status).toBe('rejected');
    expect(await revisionOf(known)).toBe(2);
  });
});

it('a process remembers a thousand of them, not all there ever were', async () => {
  const { known, reads } = start(async () => location(1));
  for (let at = 0; at <= 1_000; at += 1) await known.get(`l${at}`);
  const before = reads();
  await known.get('l1000');
  await known.get('l0');
  expect(reads() - before).toBe(1);
});
