import { beforeEach, describe, expect, it } from 'vitest';
import { locationKey, spaceKey, spaceKeys, spaceShareOf } from '../../lib/adapters/dynamodb/keys.ts';
import type { Location } from '../../lib/location/location.ts';
import { CLOSING_MS } from '../../lib/location/locations.ts';
import { aCaller, aLocation, anElement, anInsertion, fresh, inMs, problem } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, openStores, type Stores } from './stores.ts';

/** The contract of the space of a location, which is kept in shares. */
export const spaceContract = (engine: Engine): void => {
  describe('the space of a location', () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await openStores(engine.url());
    });

    const counted = async (capacity: number, overrides: Partial<Location> = {}): Promise<Location> => {
      const location = aLocation({ capacity, ...overrides });
      await stores.locations.insert(location, aCaller());
      return location;
    };
    const left = async ({ name }: Location) => spaceLeft(await stores.rows(), name);
    const create = async (location: Location, kib: number, name = fresh('e'), on = stores) => {
      const element = anElement(location, name, { attributes: { capacity: kib } });
      await on.elements.insert(anInsertion(location, element));
      return element.attributes.id;
    };
    const remove = (location: Location, id: string) =>
      stores.elements.remove({ id, location, caller: aCaller() });
    /** Creates elements of one KiB until no space is left, which uses all shares. */
    const fill = async (location: Location): Promise<string[]> => {
      const ids: string[] = [];
      for (let kib = location.capacity ?? 0; kib > 0; kib -= 1) ids.push(await create(location, 1));
      return ids;
    };
    const resize = async (location: Location, capacity: number): Promise<Location> => {
      const resized = { ...location, capacity, revision: location.revision + 1 };
      await stores.locations.replace(resized, location, aCaller());
      return resized;
    };

    it('is available to the last KiB, in any shares, and completely free again afterwards', async () => {
      const location = await counted(64);
      const ids = await fill(location);
      await expect(create(location, 1)).rejects.toMatchObject(
        problem('insufficient-space', { available: 0 }),
      );
      for (const id of ids) await remove(location, id);
      const shares = (await stores.table.getTogether(spaceKeys(location))).filter((row) => row?.available);
      expect(shares.length).toBeGreaterThan(16);
      expect(await left(location)).toBe(64);
      await expect(create(location, 65)).rejects.toMatchObject(
        problem('insufficient-space', { available: 64 }),
      );
      const whole = await create(location, 64);
      expect(await left(location)).toBe(0);
      await remove(location, whole);
      expect(await left(location)).toBe(64);
    });

    it('is taken in one round trip if the share has enough', async () => {
      const location = await counted(1_000_000);
      const first = await create(location, 1);
      const share = spaceShareOf(first);
      let name = fresh('e');
      while (spaceShareOf(`image://${location.name}/${name}`) !== share) name = fresh('e');
      const sent: string[] = [];
      const watched = stores.intercepted((operation, send) => {
        sent.push(operation);
        return send();
      });
      await create(location, 1, name, watched);
      expect(sent).toEqual(['TransactWriteItems']);
    });

    it('follows the capacity, and is refused if all shares together have too little', async () => {
      const location = await counted(64);
      const ids = await fill(location);
      for (const id of ids.slice(0, 40)) await remove(location, id);
      await expect(resize(location, 23)).rejects.toMatchObject(
        problem('insufficient-space', { available: 40 }),
      );
      expect(await left(location)).toBe(40);
      const least = await resize(location, 24);
      expect(await left(location)).toBe(0);
      const grown = await resize(least, 30);
      expect(await left(grown)).toBe(6);
      await create(grown, 6);
      expect(await left(grown)).toBe(0);
    });

    it('is deleted with its location', async () => {
      const location = await counted(64);
      for (const id of await fill(location)) await remove(location, id);
      const closing: Location = { ...location, state: 'closing', revision: 2 };
      await stores.locations.close(closing, location, inMs(CLOSING_MS), aCaller());
      await stores.sweep(CLOSING_MS + 1);
      expect(await left(location)).toBeUndefined();
    });

    it('is not inherited by a location of the same name, even if an earlier version left shares', async () => {
      const location = await counted(64);
      for (const id of await fill(location)) await remove(location, id);
      await stores.table.remove(locationKey(location.name));
      await stores.table.remove(spaceKey(location));
      const next = await counted(10, { name: location.name, createdAt: inMs(0) });
      await expect(create(next, 11)).rejects.toMatchObject(problem('insufficient-space', { available: 10 }));
      const ids = [await create(next, 4), await create(next, 6)];
      await expect(create(next, 1)).rejects.toMatchObject(problem('insufficient-space', { available: 0 }));
      for (const id of ids) await remove(next, id);
      await create(next, 10);
    });
  });
};
