import { TaskportError } from '../../errors.ts';
import type { Idempotency } from '../../idempotency.ts';
import { type Location, versionOf } from '../../location/location.ts';
import type { LocationStore } from '../../location/location-store.ts';
import type { Caller } from '../../principal.ts';
import { revisionMismatch } from '../../version.ts';
import { absent } from './clause.ts';
import { listKey } from './element-item.ts';
import type { Expression, Item, Write } from './expression.ts';
import { useKey } from './idempotency-table.ts';
import { due, LOCATIONS_PARTITION, locationKey, spaceKey } from './keys.ts';
import { insufficientSpace, takeSpace } from './space-row.ts';
import type { Table } from './table.ts';

/** The location of a row, the members of its `nfs` in one order, since a store answers those of a map in any. */
export const toLocation = (item: Item): Location => {
  const location = item.attributes as Location;
  const { nfs } = location;
  return nfs ? { ...location, nfs: { server: nfs.server, path: nfs.path } } : location;
};

const toItem = (location: Location, request: string): Item => ({
  ...locationKey(location.name),
  row: 'location',
  attributes: location,
  request,
});

/** Holds while a location is as it was read, and no other of its name. */
export const locationAsRead = ({ createdAt, revision }: Location): Expression => ({
  expression: '#attributes.#created = :created AND #attributes.#revision = :revision',
  names: { '#attributes': 'attributes', '#created': 'createdAt', '#revision': 'revision' },
  values: { ':created': createdAt, ':revision': revision },
});

const conflict = (name: string, row: Item | undefined): TaskportError =>
  row
    ? revisionMismatch(name, versionOf(toLocation(row)))
    : new TaskportError('unknown-location', `there is no location ${name}`, { location: name });

/** Locations in the one table (ADR 0001): one partition, since they are few and every process remembers them. */
export class LocationTable implements LocationStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(name: string): Promise<Location | undefined> {
    const item = await this.#table.get(locationKey(name));
    return item && toLocation(item);
  }

  async list(limit: number, after?: string): Promise<{ items: Location[]; more: boolean }> {
    const { items, more } = await this.#table.query(
      {
        expression: `pk = :pk${after === undefined ? '' : ' AND sk > :after'}`,
        values: { ':pk': LOCATIONS_PARTITION, ...(after === undefined ? {} : { ':after': after }) },
      },
      { limit },
    );
    return { items: items.map(toLocation), more };
  }

  async insert(location: Location, caller: Caller, idempotency?: Idempotency): Promise<void> {
    const { name, capacity } = location;
    const space: Write[] =
      capacity === undefined
        ? []
        : [{ put: { ...spaceKey(name), row: 'space', available: capacity }, condition: absent }];
    const result = await this.#table.transact([
      { put: toItem(location, caller.requestId), condition: absent },
      ...space,
      ...(idempotency ? [useKey(idempotency, name)] : []),
    ]);
    if (!result.ok)
      throw new TaskportError('name-collision', `there is a location ${name} already`, { id: name });
  }

  async replace(location: Location, former: Location, caller: Caller): Promise<void> {
    const grown = (location.capacity ?? 0) - (former.capacity ?? 0);
    const result = await this.#table.transact([
      { put: toItem(location, caller.requestId), condition: locationAsRead(former) },
      ...takeSpace(location, -grown),
    ]);
    if (result.ok) return;
    if (result.failed.has(0)) throw conflict(location.name, result.failed.get(0));
    throw insufficientSpace(location.name, result.failed.get(1));
  }

  async close(location: Location, former: Location, dueAt: string, caller: Caller): Promise<void> {
    const key = locationKey(location.name);
    const item = { ...toItem(location, caller.requestId), ...due(key, dueAt) };
    const written = await this.#table.put(item, locationAsRead(former));
    if (!written.ok && written.item?.request !== caller.requestId)
      throw conflict(location.name, written.item);
  }

  async isEmpty(location: Location): Promise<boolean> {
    const { items } = await this.#table.query(
      { expression: 'listKey = :listKey', values: { ':listKey': listKey(location) } },
      { index: 'by-name', limit: 1 },
    );
    return items.length === 0;
  }
}
