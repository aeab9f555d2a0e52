import type { Operation } from '../bars.ts';
import { costOf, invocation, totalOf } from './operations.ts';
import { prices } from './prices.ts';

/** The load of a month: a hundred thousand runs of a task on an image, each on its own executor. */
export const RUNS = 100_000;

/** The calls of one run. */
export const run: Partial<Record<Operation, number>> = {
  // For the task and the executor.
  create: 2,
  'open of a composition': 1,
  join: 1,
  'join of a task': 1,
  'bind of everything': 1,
  plan: 1,
  // When it runs, and when it has ended.
  'report on a task': 2,
  'unbind of everything': 1,
  leave: 2,
  'delete of an executor': 1,
  delete: 1,
  // A caller polls for the end.
  'read of a composition': 10,
  read: 10,
  'list page': 2,
};

/** The same run, composed in one call and closed in one call. */
export const runAtOnce: Partial<Record<Operation, number>> = {
  'composition of a run at once': 1,
  plan: 1,
  'report by the runner that has the location': 1,
  'report that a run has ended': 1,
  'close of a run that has ended': 1,
  // A caller polls for the end.
  'read of a composition': 10,
};

const MINUTES = 30 * 24 * 60;
/** The sweeper queries 32 partitions of an index each minute. For an empty partition DynamoDB charges its minimum. */
const sweeper = MINUTES * (invocation(256, 32, 1) + 32 * 0.5 * prices.readUnit);

/** US dollars of a month without calls: the sweeper, the key, and the secret that signs credentials of the registry. */
export const idleMonth = sweeper + prices.keyMonth + prices.secretMonth;

/** US dollars of one run. */
const costOfRun = (calls: Partial<Record<Operation, number>>): number =>
  Object.entries(calls).reduce(
    (sum, [operation, times]) => sum + times * totalOf(costOf(operation as Operation)),
    0,
  );

/** US dollars of that month, and of the same month with runs composed in one call. */
export const month = idleMonth + RUNS * costOfRun(run);
export const monthAtOnce = idleMonth + RUNS * costOfRun(runAtOnce);
