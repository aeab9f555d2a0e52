import type { Item } from '../lib/adapters/dynamodb/engine/expression.ts';
import type { Table } from '../lib/adapters/dynamodb/engine/table.ts';

/** Deletes expired rows like DynamoDB, with the clock this many milliseconds ahead. */
export const expire = async (table: Table, rows: readonly Item[], aheadMs: number): Promise<void> => {
  const now = (Date.now() + aheadMs) / 1_000;
  const expired = { expression: 'expiresAt <= :now', values: { ':now': now } };
  await Promise.all(
    rows
      .filter(({ expiresAt }) => (expiresAt as number) <= now)
      .map(({ pk, sk }) => table.remove({ pk: String(pk), sk: String(sk) }, expired)),
  );
};
