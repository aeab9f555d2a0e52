import { beforeEach, describe, expect, it } from 'vitest';
import { RunnerTable } from '../../lib/adapters/dynamodb/runner-table.ts';
import type { Location } from '../../lib/location/location.ts';
import type { Lease } from '../../lib/location/runner-lease.ts';
import { aCaller, aLocation, problem } from './records.ts';
import { type Engine, type Stores, useStores } from './stores.ts';

const time = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const held: Lease = {
  ...{ epoch: 1, engine: 'a', runner: 'first', claimedAt: time(0), heardAt: time(0), silenceSeconds: 300 },
  isUnsettled: true,
};

/** The contract of leases. */
export const runnerContract = (engine: Engine): void => {
  describe('leases', () => {
    const open = useStores(engine);
    let stores: Stores;
    let runners: RunnerTable;
    let location: Location;
    const replace = (former: Lease | undefined, lease: Lease) =>
      runners.replace(location, former, { lease, at: time(0), what: 'claimed' }, aCaller());

    beforeEach(async () => {
      stores = open();
      runners = new RunnerTable(stores.table);
      location = aLocation({ kind: 'executor' });
      await stores.locations.insert(location, aCaller());
      await replace(undefined, held);
    });

    it('are replaced if they are unchanged since they were read, and not otherwise', async () => {
      const next = { ...held, epoch: 2, runner: 'second', heardAt: time(9) };
      for (const other of [undefined, { ...held, epoch: 0 }, { ...held, heardAt: time(1) }])
        await expect(replace(other, next)).rejects.toMatchObject(problem('revision-mismatch'));
      expect(await runners.get(location)).toEqual(held);
      await replace(held, next);
      expect(await runners.get(location)).toEqual(next);
    });

    it('are renewed only at their epoch, and settled by a caller that requests it', async () => {
      const heard = { ...held, heardAt: time(7) };
      expect(await runners.renew(location, 2, time(7), true)).toBeUndefined();
      expect(await runners.renew(location, 1, time(7), false)).toEqual(heard);
      const { isUnsettled, ...settled } = heard;
      expect(await runners.renew(location, 1, time(7), true)).toEqual(settled);
      const { runner, ...interrupted } = settled;
      await replace(settled, interrupted);
      expect(await runners.renew(location, 1, time(8), false)).toBeUndefined();
      expect(await runners.get(location)).toEqual(interrupted);
    });

    it('keep the latest time of a renewal, and are settled by a late renewal too', async () => {
      const latest = await runners.renew(location, 1, time(9), false);
      expect(await runners.renew(location, 1, time(5), false)).toEqual(latest);
      const { isUnsettled, ...settled } = { ...held, heardAt: time(9) };
      expect(await runners.renew(location, 1, time(6), true)).toEqual(settled);
    });

    it('belong to one location of a name, and several are read in the requested order', async () => {
      const next = { ...location, createdAt: time(1) };
      const other = aLocation({ kind: 'executor' });
      expect(await runners.get(next)).toBeUndefined();
      expect(await runners.several([next])).toEqual([undefined]);
      expect(await runners.several([other, location])).toEqual([undefined, held]);
    });
  });
};
