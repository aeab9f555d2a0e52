import { randomUUID } from 'node:crypto';
import { createSaves } from '../../composition/saves.ts';
import type { DiscardedBlobs } from '../../element/blob-store.ts';
import { expireUpload, outlivesUpload } from '../../element/upload/request-verification.ts';
import { loaded } from '../../loaded.ts';
import { gone, reopened } from '../../location/closing.ts';
import type { Location } from '../../location/location.ts';
import { toLine, writeLine } from '../../telemetry.ts';
import { toComposition } from './composition-item.ts';
import { CompositionTable } from './composition-table.ts';
import { toRecord } from './element-item.ts';
import { ElementTable } from './element-table.ts';
import type { Expression, Item, RowKey } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { blobKey, due, duePartitions, leaseKey, locationKey, runnerKey, spaceKeys } from './keys.ts';
import { GONE_LOCATION, LocationTable, locationAsRead, toLocation } from './location-table.ts';
import { toPastItem } from './past-location-row.ts';
import { intentOnly } from './protocol/edges.ts';
import { removalWrites } from './protocol/removal-writes.ts';

/** Loaded by the first composition that is closing; most runs of the sweeper find none. */
const closings = loaded(() => import('./closings.ts'));

/** The principal of the sweeper's changes. */
const SWEEPER = 'taskport:sweeper';
/** Milliseconds by which the sweeper postpones a row that it could not finish. */
const POSTPONED_MS = 5 * 60_000;
/** Rows of one due partition that one run handles. */
const ROWS_A_PARTITION = 100;

/** How many rows of each sort a run finished, and how many it could not finish. */
export type SweepCounts = Readonly<Record<string, number>>;

const unchanged = (row: Item): Expression => ({
  expression: 'dueAt = :dueAt AND #row = :row',
  names: { '#row': 'row' },
  values: { ':dueAt': row.dueAt, ':row': row.row },
});

/**
 * Finishes or removes the remains of crashes. It finds rows by the index of due times, and decides by
 * conditional writes on the rows themselves. So a run may be repeated, overtaken or killed at any point.
 */
export class Sweeper {
  readonly #table: Table;
  readonly #blobs: DiscardedBlobs;
  readonly #locations: LocationTable;
  readonly #elements: ElementTable;
  readonly #now: () => number;
  readonly #auditDays: number;

  /** `auditDays` is the number of days for which the audit trail is kept. */
  constructor(table: Table, blobs: DiscardedBlobs, now: () => number, auditDays: number) {
    this.#table = table;
    this.#blobs = blobs;
    this.#locations = new LocationTable(table);
    this.#elements = new ElementTable(table);
    this.#now = now;
    this.#auditDays = auditDays;
  }

  /** One bounded run over the due rows. */
  async run(): Promise<SweepCounts> {
    const counts: Record<string, number> = {};
    const now = new Date(this.#now()).toISOString();
    await Promise.all(
      duePartitions().map(async (partition) => {
        const { items } = await this.#table.query(
          {
            expression: 'dueKey = :partition AND dueAt <= :now',
            values: { ':partition': partition, ':now': now },
          },
          { index: 'by-due', limit: ROWS_A_PARTITION },
        );
        for (const found of items) {
          const sort = found.row as string;
          const key = { pk: found.pk as string, sk: found.sk as string };
          const done = await this.#finish(key, now).catch((error: unknown) => this.#postpone(key, error));
          const name = done ? sort : 'failed';
          counts[name] = (counts[name] ?? 0) + 1;
        }
      }),
    );
    return counts;
  }

  /** Postpones a row that cannot be finished, so that it does not delay others, and logs the reason. */
  async #postpone(key: RowKey, reason: unknown): Promise<false> {
    writeLine(toLine({ level: 'ERROR', message: 'not swept', ...key, reason: String(reason) }, []), true);
    await this.#putOff(key).catch(() => {});
    return false;
  }

  async #putOff(key: RowKey): Promise<void> {
    const dueAt = new Date(this.#now() + POSTPONED_MS).toISOString();
    await this.#table.update(key, { expression: 'SET dueAt = :dueAt', values: { ':dueAt': dueAt } }, () => ({
      expression: 'attribute_exists(dueAt)',
    }));
  }

  /** Finishes one row. The index lags, so it reads the row itself first. */
  async #finish(key: RowKey, now: string): Promise<boolean> {
    const row = await this.#table.get(key);
    if (!row || row.dueAt === undefined || (row.dueAt as string) > now) return true;
    switch (row.row) {
      // Intents and guards of the version before; those of this version expire.
      case 'edge':
        return (await this.#table.remove(key, intentOnly)).ok;
      case 'guard':
      case GONE_LOCATION:
        return (await this.#table.remove(key, unchanged(row))).ok;
      case 'blob':
        return this.#removeBlob(key, row);
      case 'element':
        return this.#giveUp(row);
      case 'composition':
        return this.#close(key, row);
      case 'location':
        return this.#finishClosing(row);
      default:
        throw new Error(`the sweeper has no rule for a row \`${row.row}\``);
    }
  }

  /**
   * Removes bytes that no element points to. It first marks staged bytes as doomed: an element comes to own a blob only by the step from staged
   * to owned, which fails for a doomed blob.
   */
  async #removeBlob(key: RowKey, row: Item): Promise<boolean> {
    if (row.state === 'staged') {
      const doomed = await this.#table.put(
        { ...row, state: 'doomed' },
        {
          expression: '#state = :staged',
          names: { '#state': 'state' },
          values: { ':staged': 'staged' },
        },
      );
      if (!doomed.ok) return true;
    }
    const blob = key.pk.slice(blobKey('').pk.length);
    if (row.multipartId !== undefined) await this.#blobs.abortMultipart(blob, row.multipartId as string);
    await this.#blobs.remove(blob);
    // Until its last URL expires, a caller may write the bytes again.
    const until = row.until as string | undefined;
    const isLast = until === undefined || until <= new Date(this.#now()).toISOString();
    return (await (isLast ? this.#table.remove(key) : this.#table.put({ ...row, ...due(key, until) }))).ok;
  }

  /** Deletes an element whose data never came or was refused; expires an upload that never completed. */
  async #giveUp(row: Item): Promise<boolean> {
    const record = toRecord(row);
    if (!record) return true;
    const name = record.attributes.location;
    const location = await this.#locations.get(name);
    const caller = { principal: SWEEPER, requestId: randomUUID() };
    if (location && outlivesUpload(record)) {
      const [elements, now] = [this.#elements, this.#now];
      const saves = createSaves({ elements, compositions: new CompositionTable(this.#table), now });
      await expireUpload({ elements, saves, now, newId: randomUUID }, record, { location, caller });
      return true;
    }
    return (await this.#table.transact(removalWrites(record, location, caller))).ok;
  }

  /** Continues a closing of a composition. If it waits for another party, the sweeper tries again later. */
  async #close(key: RowKey, row: Item): Promise<boolean> {
    const composition = toComposition(row);
    if (!composition?.closing) return true;
    const { goOnClosing } = await closings();
    const closed = await goOnClosing(this.#table, this.#now, composition.executorId);
    if (closed === 'waits') await this.#putOff(key);
    return true;
  }

  /**
   * Deletes a closing location; if an element was created meanwhile, the location opens again. The deletion replaces the row by one that makes
   * the event, and then removes it. The same transaction records who could read there, so that readers of events always find one of both.
   */
  async #finishClosing(row: Item): Promise<boolean> {
    const location = toLocation(row);
    if ((await this.#locations.keeps(location, 1)).length > 0) return this.#reopen(location, row);
    const { name, modifiedAt: closedAt } = location;
    const last = gone(location, this.#now());
    const left = { ...row, row: GONE_LOCATION, attributes: last };
    const { ok } = await this.#table.transact([
      { put: left, condition: locationAsRead(location) },
      ...(location.kind === 'executor'
        ? [leaseKey(location), runnerKey(name)].map((remove) => ({ remove }))
        : []),
      ...(location.capacity === undefined ? [] : spaceKeys(location).map((remove) => ({ remove }))),
      { put: toPastItem(last, closedAt, this.#auditDays) },
    ]);
    if (ok) await this.#table.remove(locationKey(name), locationAsRead(last));
    return ok;
  }

  async #reopen(location: Location, row: Item): Promise<boolean> {
    const { dueKey: _, dueAt: __, ...kept } = row;
    const attributes = reopened(location, this.#now(), SWEEPER);
    return (await this.#table.put({ ...kept, attributes }, locationAsRead(location))).ok;
  }
}
