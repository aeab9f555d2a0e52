import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { locationKey } from '../../lib/adapters/dynamodb/keys.ts';
import { GONE_LOCATION } from '../../lib/adapters/dynamodb/location-table.ts';
import { defined } from '../../lib/defined.ts';
import type { Location } from '../../lib/location/location.ts';
import { aCaller, aKey, aLocation, anElement, anInsertion, fresh, inMs, problem } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

/** The contract of locations. */
export const locationStoreContract = (engine: Engine): void => {
  describe('the store of locations', () => {
    const open = useStores(engine);
    let stores: Stores;
    beforeEach(() => {
      stores = open();
    });

    const added = async (overrides: Partial<Location> = {}): Promise<Location> => {
      const location = aLocation(overrides);
      await stores.locations.insert(location, aCaller());
      return location;
    };
    const changed = (location: Location, overrides: Partial<Location> = {}): Location => ({
      ...location,
      revision: location.revision + 1,
      ...overrides,
    });
    const replace = (location: Location, former: Location) =>
      stores.locations.replace(location, former, aCaller());
    const available = async ({ name }: Location) => spaceLeft(await stores.rows(), name);

    it('reads a location back unchanged, and nothing for a missing one', async () => {
      const location = await added({
        kind: 'volume',
        capacity: 5,
        indexed: ['ro.os'],
        grants: [{ principal: 'p', actions: ['admin', 'read'] }],
      });
      expect(await stores.locations.get(location.name)).toEqual(location);
      expect(await stores.locations.get(fresh('none'))).toBeUndefined();
    });

    it.each([{}, { capacity: 7 }])('refuses a name in use, and changes nothing (%o)', async (overrides) => {
      const { name } = await added({ capacity: 9 });
      const before = await stores.rows();
      const another = aLocation({ name, policy: 'read-only', ...overrides });
      await expect(stores.locations.insert(another, aCaller(), aKey())).rejects.toMatchObject(
        problem('name-collision', { id: name }),
      );
      expect(await stores.rows()).toEqual(before);
    });

    it('uses its key in the same step', async () => {
      const key = aKey();
      const location = aLocation();
      await stores.locations.insert(location, aCaller(), key);
      expect(await stores.idempotency.find(key)).toEqual({ digest: 'digest', resource: location.name });
      const other = aLocation();
      await expect(stores.locations.insert(other, aCaller(), key)).rejects.toMatchObject({});
      expect(await stores.locations.get(other.name)).toBeUndefined();
    });

    const pagesOf = async (limit: number, after: string): Promise<string[]> => {
      const { items, next } = await stores.locations.list(limit, after);
      expect(items.length).toBeLessThanOrEqual(limit);
      const rest = next === undefined ? [] : await pagesOf(limit, next);
      return [...items.map((location) => location.name), ...rest];
    };

    it('lists locations by name, page by page', async () => {
      const prefix = fresh('page');
      const names = ['-a', '-a0', '-b', '0', 'a'].map((suffix) => `${prefix}${suffix}`);
      for (const name of names.toReversed()) await added({ name });
      const seen = await pagesOf(2, prefix);
      expect(seen.filter((name) => name.startsWith(prefix))).toEqual(names);
    });

    it('lists the locations after deleted ones, page by page', async () => {
      const prefix = fresh('page');
      for (const name of ['-a', '-b', '-c']) await added({ name: `${prefix}${name}` });
      const deleted = await stores.table.get(locationKey(`${prefix}-a`));
      await stores.table.put({ ...(deleted as Item), row: GONE_LOCATION });
      const seen = await pagesOf(1, prefix);
      expect(seen.filter((name) => name.startsWith(prefix))).toEqual([`${prefix}-b`, `${prefix}-c`]);
    });

    it('lists all locations, even with large grants', async () => {
      const prefix = fresh('zz');
      const grants = Array.from({ length: 50 }, (_, at) => ({
        principal: String(at).padEnd(2048, 'p'),
        actions: ['admin' as const],
      }));
      const names = Array.from({ length: 14 }, (_, at) => `${prefix}-${String(at).padStart(2, '0')}`);
      await Promise.all(names.map((name) => added({ name, grants })));
      expect(await pagesOf(names.length, prefix)).toEqual(names);
    });

    it('replaces a location at its present revision only', async () => {
      const former = await added();
      const present = changed(former, { policy: 'read-only' });
      await replace(present, former);
      expect(await stores.locations.get(former.name)).toEqual(present);
      await expect(replace(changed(former), former)).rejects.toMatchObject(
        problem('revision-mismatch', { revision: 2 }),
      );
      await expect(replace(changed(aLocation()), aLocation())).rejects.toMatchObject(
        problem('unknown-location'),
      );
      expect(await stores.locations.get(former.name)).toEqual(present);
    });

    it('does not replace or close another location of its name at the same revision', async () => {
      const present = await added();
      const former = { ...present, createdAt: '2025-01-01T00:00:00.000Z' };
      const mismatch = problem('revision-mismatch', { revision: 1 });
      await expect(replace(changed(former), former)).rejects.toMatchObject(mismatch);
      const closing = changed(former, { state: 'closing' });
      await expect(stores.locations.close(closing, former, inMs(60_000), aCaller())).rejects.toMatchObject(
        mismatch,
      );
      expect(await stores.locations.get(present.name)).toEqual(present);
    });

    it('changes the available space with the capacity, but keeps used space', async () => {
      const first = await added({ capacity: 100 });
      const element = anElement(first, fresh('e'), { attributes: { capacity: 60 } });
      await stores.elements.insert(anInsertion(first, element));
      const larger = changed(first, { capacity: 150 });
      await replace(larger, first);
      expect(await available(first)).toBe(90);
      await expect(replace(changed(larger, { capacity: 59 }), larger)).rejects.toMatchObject(
        problem('insufficient-space', { available: 90 }),
      );
      expect(await stores.locations.get(first.name)).toEqual(larger);
      await replace(changed(larger, { capacity: 60 }), larger);
      expect(await available(first)).toBe(0);
    });

    it('closes a location at its present revision, and leaves the rest to the sweeper', async () => {
      const former = await added();
      const closing = changed(former, { state: 'closing' });
      await stores.locations.close(closing, former, inMs(60_000), aCaller());
      expect(await stores.locations.get(former.name)).toEqual(closing);
      await expect(stores.locations.close(closing, former, inMs(60_000), aCaller())).rejects.toMatchObject(
        problem('revision-mismatch', { revision: 2 }),
      );
      const nowhere = aLocation();
      await expect(stores.locations.close(nowhere, nowhere, inMs(0), aCaller())).rejects.toMatchObject(
        problem('unknown-location'),
      );
      expect(await stores.locations.get(nowhere.name)).toBeUndefined();
    });

    it('finds the former locations of a name by their start', async () => {
      const name = fresh('lives');
      const times = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => `${day}T00:00:00.000Z`);
      for (const createdAt of times) {
        const open = aLocation({
          name,
          createdAt,
          kind: 'volume',
          nfs: { server: 's', path: '/p' },
          type: 'nfs',
        });
        await stores.locations.insert(open, aCaller());
        await stores.locations.close(changed(open, { state: 'closing' }), open, inMs(-1), aCaller());
        await stores.sweep();
      }
      const { locations } = stores;
      const began = async (
        ...asked: Parameters<typeof locations.past> extends [string, ...infer A] ? A : never
      ) => (await locations.past(name, ...asked)).map(({ location }) => location.createdAt);
      expect(await began({ until: times[1] as string }, 5)).toEqual([times[1], times[0]]);
      expect(await began({ until: '2026-01-02T23:59:59.999Z' }, 1)).toEqual([times[1]]);
      expect(await began({ until: '2025-12-31T23:59:59.999Z' }, 5)).toEqual([]);
      expect(await began({ after: times[0] as string }, 5)).toEqual([times[1], times[2]]);
      expect(await began({ after: times[0] as string }, 1)).toEqual([times[1]]);
      expect(await locations.past(fresh('none'), { after: '0' }, 5)).toEqual([]);
      expect(await locations.get(name)).toBeUndefined();
    });

    it.each([undefined, 16])('finds the elements of a location with %s shards', async (listShards) => {
      const place = await added(defined({ listShards }));
      expect(await stores.locations.keeps(place, 10)).toEqual([]);
      const element = anElement(place, 'e');
      await stores.elements.insert(anInsertion(place, element));
      await expect.poll(() => stores.locations.keeps(place, 10)).toEqual([element.attributes.id]);
      await stores.elements.remove({ id: element.attributes.id, location: place, caller: aCaller() });
      await expect.poll(() => stores.locations.keeps(place, 10)).toEqual([]);
    });
  });
};
