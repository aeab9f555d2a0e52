import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { Idempotency } from '../../idempotency.ts';
import { filledLocation, type KeptLocation, type Location, versionOf } from '../../location/location.ts';
import type { Lives, LocationStore, PastLocation } from '../../location/location-store.ts';
import { unknownLocation } from '../../location/unknown-location.ts';
import type { Page } from '../../page.ts';
import type { Caller } from '../../principal.ts';
import { revisionMismatch } from '../../version.ts';
import { type Clause, commit } from './engine/clause.ts';
import type { Expression, Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { useKey } from './idempotency-table.ts';
import { due, LIST_SHARDS, LOCATIONS_PARTITION, LOG_ROOT, locationKey, pastPartition } from './keys.ts';
import { toPastLocation } from './past-location-row.ts';
import { takingSpace } from './protocol/space.ts';
import { firstShare } from './space-row.ts';

/** The location of a row. */
export const toLocation = (item: Item): Location => filledLocation(item.attributes as KeptLocation);

/**
 * The type of the row that replaces that of a deleted location until the sweeper removes it. The name is free,
 * and the change in the stream names who deleted the location.
 */
export const GONE_LOCATION = 'gone-location';

const isGone = ({ row }: Item): boolean => row === GONE_LOCATION;

/** No location has the name. */
const vacant: Expression = {
  expression: 'attribute_not_exists(pk) OR #row = :gone',
  names: { '#row': 'row' },
  values: { ':gone': GONE_LOCATION },
};

const toItem = (location: Location, request: string): Item => ({
  ...locationKey(location.name),
  row: 'location',
  attributes: location,
  request,
});

/** Holds while a location is as it was read, and no other location has its name. */
export const locationAsRead = ({ createdAt, revision }: Location): Expression => ({
  expression: '#attributes.#created = :created AND #attributes.#revision = :revision',
  names: { '#attributes': 'attributes', '#created': 'createdAt', '#revision': 'revision' },
  values: { ':created': createdAt, ':revision': revision },
});

const conflict = (name: string, row: Item | undefined): TaskportError =>
  row && !isGone(row) ? revisionMismatch(name, versionOf(toLocation(row))) : unknownLocation(name);

/** Locations in the one table (ADR 0001): in one partition, since there are few and every process caches them. */
export class LocationTable implements LocationStore {
  readonly #table: Table;
  readonly #log: Table | undefined;

  /**
   * `log` is the table of the log of events, which decides how new locations are laid out. Only functions that
   * create locations need it.
   */
  constructor(table: Table, log?: Table) {
    this.#table = table;
    this.#log = log;
  }

  async get(name: string): Promise<Location | undefined> {
    const item = await this.#table.get(locationKey(name));
    return item && !isGone(item) ? toLocation(item) : undefined;
  }

  async list(limit: number, after?: string): Promise<Page<Location>> {
    const { items, lastKey } = await this.#table.query(
      {
        expression: `pk = :pk${after === undefined ? '' : ' AND sk > :after'}`,
        values: defined({ ':pk': LOCATIONS_PARTITION, ':after': after }),
      },
      { limit },
    );
    const present = items.filter((item) => !isGone(item)).map(toLocation);
    return defined({ items: present, next: lastKey?.sk as string | undefined });
  }

  async insert(location: Location, caller: Caller, idempotency?: Idempotency): Promise<void> {
    const { name, capacity } = location;
    const result = await this.#table.transact([
      { put: toItem({ ...location, ...(await this.#layout()) }, caller.requestId), condition: vacant },
      ...(capacity === undefined ? [] : [firstShare(location)]),
      ...(idempotency ? [useKey(idempotency, name)] : []),
    ]);
    if (!result.ok)
      throw new TaskportError(
        'name-collision',
        `the location ${name} exists already: take another name, or use it as it is`,
        { id: name },
      );
  }

  async replace(location: Location, former: Location, caller: Caller): Promise<void> {
    const kib = (former.capacity ?? 0) - (location.capacity ?? 0);
    const replaced: Clause = {
      write: { put: toItem(location, caller.requestId), condition: locationAsRead(former) },
      problem: (row) => conflict(location.name, row),
    };
    await takingSpace(this.#table, { location, share: 0, kib }, (space) =>
      commit(this.#table, [replaced, ...space]),
    );
  }

  async close(location: Location, former: Location, dueAt: string, caller: Caller): Promise<void> {
    const key = locationKey(location.name);
    const item = { ...toItem(location, caller.requestId), ...due(key, dueAt) };
    const written = await this.#table.put(item, locationAsRead(former));
    if (!written.ok && written.item?.request !== caller.requestId)
      throw conflict(location.name, written.item);
  }

  async past(name: string, lives: Lives, limit: number): Promise<PastLocation[]> {
    const [compared, time] = 'until' in lives ? ['<=', lives.until] : ['>', lives.after];
    const { items } = await this.#table.query(
      {
        expression: `pk = :pk AND sk ${compared} :time`,
        values: { ':pk': pastPartition(name), ':time': time },
      },
      { limit, descending: 'until' in lives },
    );
    return items.map((item) => toPastLocation(item, toLocation(item)));
  }

  async keeps(location: Location, limit: number): Promise<readonly string[]> {
    const { items } = await (await import('./queries.ts')).listElements(this.#table, { location, limit });
    return items.map(({ attributes }) => attributes.id);
  }

  /**
   * New locations get no shards while the log has none: until then a rollback is possible, and the version
   * before would not find elements in shards.
   */
  async #layout(): Promise<Pick<Location, 'listShards'>> {
    if (!this.#log) return {};
    const root = await this.#log.get(LOG_ROOT);
    return root?.position === undefined ? { listShards: LIST_SHARDS } : {};
  }
}
