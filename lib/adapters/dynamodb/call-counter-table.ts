import type { Principal } from '../../principal.ts';
import { type CallCounter, MINUTE_MS } from '../../quota.ts';
import type { Table } from './engine/table.ts';
import { callsKey } from './keys.ts';

/** Seconds for which a window is kept after its end, since clocks differ. */
const KEPT_SECONDS = 600;

/**
 * One row for each principal and window, which the table expires. A repeated write may count a call twice; the
 * caller then has one call less.
 */
export class CallCounterTable implements CallCounter {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async count(principal: Principal, from: number, limit: number): Promise<boolean> {
    const expiresAt = Math.ceil((from + MINUTE_MS) / 1000) + KEPT_SECONDS;
    const { ok } = await this.#table.update(
      callsKey(principal, from),
      {
        expression: 'SET expiresAt = :expiresAt, #row = :row ADD calls :one',
        names: { '#row': 'row' },
        values: { ':expiresAt': expiresAt, ':row': 'calls', ':one': 1 },
      },
      () => ({
        expression: 'attribute_not_exists(calls) OR calls < :limit',
        values: { ':limit': limit },
      }),
    );
    return ok;
  }
}
