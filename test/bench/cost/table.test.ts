import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type Operation, usageBars } from '../../../bench/bars.ts';
import { month, RUNS, run } from '../../../bench/cost/month.ts';
import { costOf, totalOf } from '../../../bench/cost/operations.ts';
import { prices } from '../../../bench/cost/prices.ts';
import { withCosts } from '../../../bench/cost/table.ts';
import { functions } from '../../../infra/wiring.ts';

it('docs/cost.md has the present costs; `npm run cost` writes it', async () => {
  const page = await readFile(new URL('../../../docs/cost.md', import.meta.url), 'utf8');
  expect(withCosts(page)).toBe(page);
});

it('a read costs its units, its request and its time, and has no events', () => {
  const { gateway, storage, events, ...rest } = costOf('read');
  expect([gateway, storage, events]).toEqual([1e-6, 0.125e-6, 0]);
  // Four milliseconds of a processor and five of waiting cost much less than a tenth of a second.
  expect(rest.function).toBeGreaterThan(prices.invocation);
  expect(rest.function).toBeLessThan(prices.invocation + 0.1 * prices.gigabyteSecond);
});

it('the measured numbers decide: more units, calls or round trips cost more', () => {
  expect(totalOf(costOf('create with a parent'))).toBeGreaterThan(totalOf(costOf('create')));
  expect(costOf('update of an indexed key').storage - costOf('update of a key').storage).toBeCloseTo(
    (usageBars['update of an indexed key'].writeUnits - usageBars['update of a key'].writeUnits) * 0.625e-6,
    12,
  );
});

it('a month consists of its calls, and the idle costs', () => {
  const calls = Object.entries(run).reduce(
    (sum, [operation, times]) => sum + times * totalOf(costOf(operation as Operation)),
    0,
  );
  expect(month - RUNS * calls).toBeGreaterThan(prices.keyMonth);
  expect(month - RUNS * calls).toBeLessThan(2 * prices.keyMonth);
});

it('the functions have the memory of the cost computation', () => {
  const memory = Object.fromEntries(functions.map(({ name, memoryMiB }) => [name, memoryMiB]));
  expect(memory).toMatchObject({ api: 1024, publish: 256, audit: 256, supervise: 256, sweep: 256 });
});
