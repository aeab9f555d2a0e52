import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { LOG_DAYS } from '../../lib/event/event-log.ts';
import type { Location } from '../../lib/location/location.ts';
import { CLOSING_MS } from '../../lib/location/locations.ts';
import { AUDIT_DAYS } from '../taskport.ts';
import { aCaller, aLocation, anElement, anInsertion, idIn, inMs, problem } from './records.ts';
import { spaceLeft } from './space-left.ts';
import { type Engine, isWrite, openStores, type Stores } from './stores.ts';

const DAY = 24 * 3_600_000;

/** The contract of locations whose delete was requested. */
export const closingLocationContract = (engine: Engine): void => {
  describe('sweeping locations that are closing', () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await openStores(engine.url());
    });

    const grants = [{ principal: 'reader', actions: ['read' as const] }];
    /** A location with this name whose delete is requested and due. */
    const closing = async (overrides: Partial<Location> = {}): Promise<Location> => {
      const open = aLocation({ capacity: 5, grants, ...overrides });
      await stores.locations.insert(open, aCaller());
      const closed = { ...open, state: 'closing' as const, revision: 2, modifiedAt: inMs(0) };
      await stores.locations.close(closed, open, inMs(CLOSING_MS), aCaller('closer'));
      return closed;
    };
    const pastOf = async ({ name }: Location) => stores.locations.past(name, { after: '0' }, 10);

    it('deletes an empty closing location with its accounting, and records its last readers', async () => {
      const location = await closing();
      expect(await stores.sweep()).toEqual({});
      expect(await stores.sweep(CLOSING_MS + 1)).toEqual({ location: 1 });
      expect(await stores.locations.get(location.name)).toBeUndefined();
      expect(await stores.rows()).toMatchObject([{ row: 'past-location' }]);
      const [past] = await pastOf(location);
      expect(past).toEqual({
        location: { ...location, revision: 3, modifiedAt: expect.any(String) },
        closedAt: location.modifiedAt,
        keptUntil: expect.any(String),
      });
      const went = Date.parse(past?.location.modifiedAt ?? '');
      expect(went - Date.parse(location.modifiedAt)).toBeGreaterThanOrEqual(CLOSING_MS);
      expect(Date.parse(past?.keptUntil ?? '') - went).toBeGreaterThan((AUDIT_DAYS - 1) * DAY);
    });

    it.each([1, 30, 3_650])(
      'keeps that record as long as the location’s events: %i days of audit',
      async (days) => {
        const location = await closing();
        await new Sweeper(stores.table, stores.blobs, () => Date.now() + CLOSING_MS + 1, days).run();
        const [past] = await pastOf(location);
        const kept = Date.parse(past?.keptUntil ?? '') - Date.parse(past?.location.modifiedAt ?? '');
        expect(kept).toBeGreaterThan(Math.max(days, LOG_DAYS) * DAY);
        const [row] = await stores.rows();
        expect((row?.expiresAt as number) * 1000).toBe(Date.parse(past?.keptUntil ?? ''));
      },
    );

    it('deletes a location in one step, wherever the sweeper is killed, and frees its name', async () => {
      // The sweeper logs the rows that it did not finish.
      const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
      onTestFinished(() => said.mockRestore());
      for (let nth = 1; ; nth += 1) {
        const location = await closing();
        let writes = 0;
        const doomed = stores.intercepted(async (operation, send) => {
          if (isWrite(operation)) writes += 1;
          if (writes >= nth) throw new Error('killed');
          return send();
        });
        await doomed.sweep(CLOSING_MS + 1).catch(() => {});
        const isGone = (await stores.locations.get(location.name)) === undefined;
        expect([nth, (await pastOf(location)).length]).toEqual([nth, isGone ? 1 : 0]);
        expect(spaceLeft(await stores.rows(), location.name) === undefined).toBe(isGone);
        const { items } = await stores.locations.list(100);
        expect(items.map(({ name }) => name).includes(location.name)).toBe(!isGone);
        if (isGone) {
          const next = aLocation({ name: location.name, createdAt: inMs(CLOSING_MS + 2) });
          await expect(
            stores.locations.replace({ ...location, revision: 3 }, location, aCaller()),
          ).rejects.toMatchObject(problem('unknown-location'));
          await stores.locations.insert(next, aCaller());
          await stores.sweep(DAY);
          expect(await stores.locations.get(location.name)).toEqual(next);
        }
        await stores.sweep(DAY);
        expect(await pastOf(location)).toHaveLength(1);
        if (writes < nth) break;
      }
      // A killed sweeper leaves no row in place of a location.
      expect((await stores.rows()).filter(({ row }) => row === 'gone-location')).toEqual([]);
    });

    it('deletes a location once, however many sweepers run', async () => {
      const location = await closing();
      await Promise.all(Array.from({ length: 5 }, () => stores.sweep(CLOSING_MS + 1)));
      await stores.sweep(DAY);
      expect(await stores.locations.get(location.name)).toBeUndefined();
      expect(await pastOf(location)).toMatchObject([
        { location: { revision: 3, modifiedBy: location.modifiedBy } },
      ]);
    });

    it('opens a closing location again if an element was created in it', async () => {
      const open = aLocation();
      await stores.locations.insert(open, aCaller());
      const closing = { ...open, state: 'closing' as const, revision: 2 };
      await stores.locations.close(closing, open, inMs(CLOSING_MS), aCaller());
      await stores.elements.insert(anInsertion(open, anElement(open, 'late')));
      expect(await stores.sweep(CLOSING_MS + 1)).toEqual({ location: 1 });
      expect(await stores.locations.get(open.name)).toMatchObject({ state: 'open', revision: 3 });
      expect(await stores.sweep(DAY)).toEqual({});
      expect(await stores.elements.get(idIn(open, 'late'))).toBeDefined();
    });
  });
};
