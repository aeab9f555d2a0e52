import type { Operation } from '../bars.ts';
import { costOf, invocation, totalOf } from './operations.ts';
import { prices } from './prices.ts';

/** The load of a month: a hundred thousand runs of a task on an image, each on an executor of its own. */
export const RUNS = 100_000;

/** What one run calls. */
export const run: Partial<Record<Operation, number>> = {
  // The task and the executor.
  create: 2,
  'open of a composition': 1,
  join: 1,
  'join of a task': 1,
  'bind of everything': 1,
  plan: 1,
  // It runs; it has ended.
  'report on a task': 2,
  'unbind of everything': 1,
  leave: 2,
  'delete of an executor': 1,
  delete: 1,
  // Whoever waits for it looks now and then.
  'read of a composition': 10,
  read: 10,
  'list page': 2,
};

const MINUTES = 30 * 24 * 60;
/** The sweeper looks at 32 partitions of an index each minute; of an empty one, DynamoDB charges the least there is. */
const sweeper = MINUTES * (invocation(256, 32, 1) + 32 * 0.5 * prices.readUnit);

/** US dollars of a month without any call: the sweeper, the key, and the secret that credentials of the registry are signed with. */
export const idleMonth = sweeper + prices.keyMonth + prices.secretMonth;

/** US dollars of that month. */
export const month =
  idleMonth +
  RUNS *
    Object.entries(run).reduce(
      (sum, [operation, times]) => sum + times * totalOf(costOf(operation as Operation)),
      0,
    );
