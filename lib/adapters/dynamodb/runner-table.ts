import type { Lease, LeaseChange } from '../../location/runner-lease.ts';
import type { Life, RunnerStore } from '../../location/runner-store.ts';
import type { Caller } from '../../principal.ts';
import { revisionMismatch } from '../../version.ts';
import { absent } from './engine/clause.ts';
import type { Expression, Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { leaseKey, runnerKey } from './keys.ts';

const toLease = ({ lease }: Item): Lease => lease as Lease;

const names = { '#lease': 'lease' };

/** Holds while a lease is as it was read, and the service has not heard from its runner since. */
const asRead = (lease: Lease | undefined): Expression => {
  if (!lease) return absent;
  const { epoch, heardAt } = lease;
  return {
    expression: `#lease.epoch = :epoch AND ${heardAt === undefined ? 'attribute_not_exists(#lease.heardAt)' : '#lease.heardAt = :heardAt'}`,
    names,
    values: { ':epoch': epoch, ...(heardAt === undefined ? {} : { ':heardAt': heardAt }) },
  };
};

/**
 * Leases in the one table (ADR 43): a row for each location, beside the row that records its changes. A renewal
 * does not write the latter.
 */
export class RunnerTable implements RunnerStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(location: Life): Promise<Lease | undefined> {
    const item = await this.#table.get(leaseKey(location));
    return item && toLease(item);
  }

  async several(locations: readonly Life[]): Promise<readonly (Lease | undefined)[]> {
    const found = await this.#table.getMany(locations.map(leaseKey), { consistent: false });
    const byPartition = new Map(found.map((item) => [item.pk, toLease(item)]));
    return locations.map((location) => byPartition.get(leaseKey(location).pk));
  }

  async replace(
    location: Life,
    former: Lease | undefined,
    { lease, at, what, from }: LeaseChange,
    { principal, requestId }: Caller,
  ): Promise<void> {
    const { name, createdAt } = location;
    const told = { ...lease, location: name, createdAt, what, from, at, actor: principal };
    const result = await this.#table.transact([
      { put: { ...leaseKey(location), row: 'lease', lease, request: requestId }, condition: asRead(former) },
      ...(what === undefined ? [] : [{ put: { ...runnerKey(name), row: 'runner', runner: told } }]),
    ]);
    if (!result.ok) throw revisionMismatch(name, { life: createdAt, revision: lease.epoch });
  }

  async renew(location: Life, epoch: number, heardAt: string, settled: boolean): Promise<Lease | undefined> {
    const set = {
      expression: `SET #lease.heardAt = :heardAt${settled ? ' REMOVE #lease.isUnsettled' : ''}`,
      names,
      values: { ':heardAt': heardAt },
    };
    // A late copy of this request must not make a runner look unheard that has called since.
    const condition = {
      expression: '#lease.epoch = :epoch AND attribute_exists(#lease.runner) AND #lease.heardAt <= :heardAt',
      names,
      values: { ':epoch': epoch },
    };
    const { ok, item } = await this.#table.update(leaseKey(location), set, () => condition);
    const lease = item && toLease(item);
    if (ok || lease?.epoch !== epoch || lease.runner === undefined || lease.heardAt === undefined)
      return ok ? lease : undefined;
    return settled ? this.renew(location, epoch, lease.heardAt, settled) : lease;
  }
}
