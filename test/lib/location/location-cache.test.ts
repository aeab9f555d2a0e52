import { describe, expect, it } from 'vitest';
import type { Location } from '../../../lib/location/location.ts';
import { LOCATION_TTL_MS, LocationCache } from '../../../lib/location/location-cache.ts';
import type { PastLocation } from '../../../lib/location/location-store.ts';

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

/** A cache over a store whose answers the test gives, one by one. */
const start = (answer: (read: number) => Promise<Location | undefined>) => {
  const clock = { now: 0 };
  let reads = 0;
  const known = new LocationCache(
    {
      get: () => {
        reads += 1;
        return answer(reads);
      },
      past: async () => [],
    },
    () => clock.now,
  );
  return { known, clock, reads: () => reads };
};
const revisionOf = async (known: LocationCache) => (await known.get('jobs')).revision;

describe('a location', () => {
  it('is cached, and a change is visible within the promised five seconds', async () => {
    const { known, clock, reads } = start(async (read) => location(read));
    expect(await revisionOf(known)).toBe(1);
    clock.now = LOCATION_TTL_MS - 1;
    expect(await revisionOf(known)).toBe(1);
    clock.now = LOCATION_TTL_MS;
    expect(await revisionOf(known)).toBe(2);
    expect(reads()).toBe(2);
    expect(LOCATION_TTL_MS).toBeLessThan(5_000);
  });

  it('is read once for concurrent callers', async () => {
    let answer = (_: Location): void => {};
    const { known, reads } = start(() => new Promise((settle) => (answer = settle)));
    const asked = Array.from({ length: 20 }, () => revisionOf(known));
    answer(location(7));
    expect(await Promise.all(asked)).toEqual(Array(20).fill(7));
    expect(reads()).toBe(1);
  });

  it('is read again after it is forgotten', async () => {
    const { known } = start(async (read) => location(read));
    await known.get('jobs');
    known.forget('jobs');
    expect(await revisionOf(known)).toBe(2);
  });

  it('that is forgotten during a read is not cached', async () => {
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

  it('that is missing is looked up each time, so that a new one is usable at once', async () => {
    const { known } = start(async (read) => (read < 3 ? undefined : location(read)));
    await expect(known.get('jobs')).rejects.toMatchObject({ code: 'unknown-location' });
    expect(await known.find('jobs')).toBeUndefined();
    expect(await revisionOf(known)).toBe(3);
  });

  it('that is closing is looked up each time, so that the next of its name is not confused with it', async () => {
    const { known } = start(async (read) =>
      read < 3 ? { ...location(read), state: 'closing' } : location(1),
    );
    expect([await revisionOf(known), await revisionOf(known), await revisionOf(known)]).toEqual([1, 2, 1]);
  });

  it('is read again after a failed read', async () => {
    const { known } = start((read) =>
      read === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(location(read)),
    );
    const asked = [known.get('jobs'), known.get('jobs')];
    for (const one of await Promise.allSettled(asked)) expect(one.status).toBe('rejected');
    expect(await revisionOf(known)).toBe(2);
  });
});

const day = (nth: number): string => `2026-01-0${nth}T00:00:00.000Z`;
/** A former location that existed from one day to the next. */
const life = (nth: number): PastLocation => ({
  location: { ...location(3), createdAt: day(nth), modifiedAt: day(nth + 1), createdBy: `owner ${nth}` },
  closedAt: `2026-01-0${nth}T23:00:00.000Z`,
  keptUntil: '2027-01-01T00:00:00.000Z',
});

describe('looking back', () => {
  /** A name with former locations on the 1st and the 5th, and one since the 8th, or none; one on the 3rd is not recorded. */
  const startWith = (present: Location | undefined) => {
    const lives = [life(1), life(5)];
    const asked: string[] = [];
    const clock = { now: Date.parse('2026-01-09T00:00:00.000Z') };
    const known = new LocationCache(
      {
        get: async () => present,
        past: async (_, which) => {
          asked.push(Object.values(which)[0] as string);
          return 'until' in which
            ? lives.filter(({ location: { createdAt } }) => createdAt <= which.until).slice(-1)
            : lives.filter(({ location: { createdAt } }) => createdAt > which.after).slice(0, 1);
        },
      },
      () => clock.now,
    );
    const ownerAt = async (time: string) => (await known.lookBack()('jobs', time))?.createdBy;
    return { known, asked, clock, ownerAt };
  };
  const now = { ...location(1), createdAt: day(8), createdBy: 'owner 8' };

  it.each([['one has the name', now] as const, ['none has', undefined] as const])(
    'finds the last location that began before a time, or none if it is not recorded: %s now',
    async (_, present) => {
      const { ownerAt } = startWith(present);
      for (let time = 1; time <= 2; time += 1) {
        expect(await ownerAt('2025-12-31T00:00:00.000Z')).toBeUndefined();
        for (const nth of [1, 5]) {
          expect(await ownerAt(day(nth))).toBe(`owner ${nth}`);
          expect(await ownerAt(`2026-01-0${nth}T12:00:00.000Z`)).toBe(`owner ${nth}`);
          expect(await ownerAt(`2026-01-0${nth}T23:30:00.000Z`)).toBe(`owner ${nth}`);
          expect(await ownerAt(day(nth + 1))).toBe(`owner ${nth}`);
        }
        expect(await ownerAt(day(3))).toBeUndefined();
        expect(await ownerAt(day(7))).toBeUndefined();
        expect(await ownerAt(day(8))).toBe(present?.createdBy);
        expect(await ownerAt('2026-01-08T23:59:59.999Z')).toBe(present?.createdBy);
      }
    },
  );

  it('does not query the past if the present location had the name', async () => {
    const { ownerAt, asked } = startWith(now);
    await ownerAt(day(8));
    expect(asked).toEqual([]);
  });

  it('queries the past once, even without a result', async () => {
    const { ownerAt, asked } = startWith(now);
    await ownerAt('2026-01-05T12:00:00.000Z');
    const first = asked.length;
    await ownerAt('2026-01-05T01:00:00.000Z');
    await ownerAt('2026-01-05T22:00:00.000Z');
    expect([first, asked.length]).toEqual([1, 1]);
    await ownerAt(day(3));
    const second = asked.length;
    await ownerAt('2026-01-04T12:00:00.000Z');
    expect(asked.length).toBe(second);
  });

  it('finds nothing after the retention, even if it was queried before', async () => {
    const { ownerAt, clock } = startWith(now);
    expect(await ownerAt(day(5))).toBe('owner 5');
    clock.now = Date.parse('2027-01-01T00:00:00.000Z');
    expect(await ownerAt(day(5))).toBeUndefined();
    expect(await ownerAt(day(1))).toBeUndefined();
  });

  it('does not use the result of an earlier caller, because a new location may have the name', async () => {
    let answer = (_: Location | undefined): void => {};
    const { known } = start((read) =>
      read === 1 ? new Promise((settle) => (answer = settle)) : Promise.resolve(now),
    );
    const before = known.find('jobs');
    const looked = known.lookBack()('jobs', day(8));
    answer(undefined);
    expect(await before).toBeUndefined();
    expect(await looked).toEqual(now);
  });

  it('lists all former locations, page by page', async () => {
    const lives = Array.from({ length: 250 }, (_, nth) => {
      const createdAt = `2026-01-01T00:00:00.${String(nth).padStart(3, '0')}Z`;
      return { ...life(1), location: { ...life(1).location, createdAt } };
    });
    const known = new LocationCache(
      {
        get: async () => undefined,
        past: async (_, which, limit) =>
          lives
            .filter(({ location: { createdAt } }) => 'after' in which && createdAt > which.after)
            .slice(0, limit),
      },
      () => Date.parse(day(9)),
    );
    const seen: string[] = [];
    for await (const { createdAt } of known.past('jobs')) seen.push(createdAt);
    expect(seen).toEqual(lives.map(({ location: { createdAt } }) => createdAt));
  });
});

it('a process caches a thousand of them at most', async () => {
  const { known, reads } = start(async () => location(1));
  for (let at = 0; at <= 1_000; at += 1) await known.get(`l${at}`);
  const before = reads();
  await known.get('l1000');
  await known.get('l0');
  expect(reads() - before).toBe(1);
});
