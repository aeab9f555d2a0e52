import type { Item } from '../lib/adapters/dynamodb/engine/expression.ts';

/** Whether a row is due for the sweeper, with the clock this many milliseconds ahead: the sweeper learns it by a query for each partition. */
export const anyDue = (rows: readonly Item[], aheadMs: number): boolean => {
  const now = new Date(Date.now() + aheadMs).toISOString();
  return rows.some(({ dueAt }) => dueAt !== undefined && (dueAt as string) <= now);
};
