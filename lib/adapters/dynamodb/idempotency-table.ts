import type { Idempotency, IdempotencyRecord, IdempotencyStore } from '../../idempotency.ts';
import { IDEMPOTENCY_HOURS, usedKey } from '../../idempotency.ts';
import type { Clause } from './engine/clause.ts';
import type { Write } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { idempotencyKey } from './keys.ts';
import { expiring, secondsNow } from './time-to-live.ts';

/** The write that uses up a key, beside the effect that it stands for. */
export const useKey = ({ principal, key, digest }: Idempotency, resource: string): Write => ({
  put: {
    ...idempotencyKey(principal, key),
    row: 'idempotency',
    digest,
    resource,
    ...expiring(IDEMPOTENCY_HOURS * 3600),
  },
  // A row past its time may still stand: the store removes it when it comes to it.
  condition: {
    expression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    values: { ':now': secondsNow() },
  },
});

/** Uses up a key, where there is one, in the transaction of its effect. */
export const keyClauses = (idempotency: Idempotency | undefined, resource: string): Clause[] =>
  idempotency
    ? [
        {
          write: useKey(idempotency, resource),
          problem: usedKey,
        },
      ]
    : [];

/** Finds what keys were used for. */
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
