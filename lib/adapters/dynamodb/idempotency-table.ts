import type { Idempotency, IdempotencyRecord, IdempotencyStore } from '../../idempotency.ts';
import { IDEMPOTENCY_HOURS, usedKey } from '../../idempotency.ts';
import type { Clause } from './engine/clause.ts';
import type { Write } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { idempotencyKey } from './keys.ts';
import { expiring, secondsNow } from './time-to-live.ts';

/** The write that uses up an idempotency key, in the transaction of the call's effect. */
export const useKey = ({ principal, key, digest }: Idempotency, resource: string): Write => ({
  put: {
    ...idempotencyKey(principal, key),
    row: 'idempotency',
    digest,
    resource,
    ...expiring(IDEMPOTENCY_HOURS * 3600),
  },
  // An expired row may still exist, since the store removes it later.
  condition: {
    expression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    values: { ':now': secondsNow() },
  },
});

/** The clauses that use up a key, if the call has one, in the transaction of its effect. */
export const keyClauses = (idempotency: Idempotency | undefined, resource: string): Clause[] =>
  idempotency
    ? [
        {
          write: useKey(idempotency, resource),
          problem: usedKey,
        },
      ]
    : [];

/** Finds the calls for which keys were used. */
export class IdempotencyTable implements IdempotencyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find({ principal, key }: Idempotency): Promise<IdempotencyRecord | undefined> {
    const row = await this.#table.get(idempotencyKey(principal, key));
    if (!row || (row.expiresAt as number) <= secondsNow()) return undefined;
    return { digest: row.digest as string, resource: row.resource as string };
  }
}
