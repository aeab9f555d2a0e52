import { describe, expect, inject, it, vi } from 'vitest';
import { apiOn } from './api.ts';
import { dies } from './dying.ts';
import { aftermathOf, arranged, type Operation, operations } from './operations.ts';
import { faultsIn } from './references-in-table.ts';
import type { Stores } from './stores.ts';

// Removes the waits between tries.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: async () => {},
}));

/** After every lease, and after the expiry of staged data and intents. */
const LATER = 16 * 60_000;

/** The permitted answers of each retry, which may find that the call had succeeded. */
const RETRIED: Readonly<Record<string, readonly number[]>> = {
  'a create with data where space is counted': [201, 409],
  'a create under a parent': [201],
  'a delete': [204, 404],
};

describe('a killed call', () => {
  const finish = async (stores: Stores, operation: Operation) => {
    const answer = await operation.call(apiOn(stores));
    await stores.sweep(LATER);
    await stores.expire(LATER);
    return aftermathOf(stores, answer);
  };

  it.each(operations.filter(({ name }) => name in RETRIED))(
    'at any point is completed by the sweeper, by expiry and by a retry: $name',
    async (operation) => {
      const undisturbed = await finish(await arranged(inject('dynamodbUrl'), operation), operation);
      const seen = new Set<number>();
      for (let calls = 0; ; calls += 1) {
        const stores = await arranged(inject('dynamodbUrl'), operation);
        if (!(await dies(stores, (doomed) => operation.call(apiOn(doomed)), calls))) break;
        await stores.sweep(LATER);
        await stores.expire(LATER);
        expect({ calls, faults: faultsIn(await stores.rows()) }).toEqual({ calls, faults: [] });
        const { status, rows } = await finish(stores, operation);
        expect({ calls, rows }).toEqual({ calls, rows: undisturbed.rows });
        expect(RETRIED[operation.name]).toContain(status);
        seen.add(status);
      }
      expect(seen.size).toBeGreaterThan(0);
    },
  );
});
