import type { TaskportEvent } from '../../../event/catalogue.ts';
import type { Item, RowKey } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';

/** Positions before the head that a transaction may still be writing; no more than one transaction reads. */
const IN_FLIGHT = 100;

/** An event, and where it stands. */
interface Positioned {
  readonly position: number;
  readonly event: TaskportEvent;
}

/** Events from a position on, and up to which position there are no others. */
interface Stretch {
  readonly found: readonly Positioned[];
  readonly reached: number;
}

const placeOf = (position: number): string => String(position).padStart(16, '0');

export const toEvent = (row: Item): TaskportEvent => JSON.parse(row.event as string) as TaskportEvent;

/** Events at the positions 1, 2, 3 …, a fixed number in a partition, and a row, the head, that has the last position. */
export class EventSequence {
  readonly #table: Table;
  readonly name: string;
  readonly #partition: number;

  constructor(table: Table, name: string, partition: number) {
    this.#table = table;
    this.name = name;
    this.#partition = partition;
  }

  get head(): RowKey {
    return { pk: this.name, sk: 'head' };
  }

  at(position: number): RowKey {
    return { pk: `${this.name}#${this.#partitionOf(position)}`, sk: placeOf(position) };
  }

  /** Events after a position. The head was read before: whatever stands up to it is there, or has expired. */
  async after(position: number, head: number, limit: number): Promise<Stretch> {
    const next = await this.#stretch(position, head, limit);
    if (next.found.length > 0 || next.reached === head) return next;
    // Nothing is left of the partition: what comes next begins another, the first of those that have not expired.
    return this.#stretch(await this.#lastExpired(position, head), head, limit);
  }

  #partitionOf(position: number): number {
    return Math.floor((position - 1) / this.#partition);
  }

  /** Events of the partition in which the next position is, up to the head. */
  async #stretch(position: number, head: number, limit: number): Promise<Stretch> {
    const { pk, sk } = this.at(position + 1);
    const last = Math.min(head, (this.#partitionOf(position + 1) + 1) * this.#partition);
    const { items, more } = await this.#table.query(
      {
        expression: 'pk = :pk AND sk BETWEEN :first AND :last',
        values: { ':pk': pk, ':first': sk, ':last': placeOf(last) },
      },
      { limit },
    );
    const seen = items.map((row) => ({ position: Number(row.sk), event: toEvent(row) }));
    const end = more ? (seen.at(-1)?.position ?? position) : last;
    const late = await this.#overlooked(seen, Math.max(position, head - IN_FLIGHT), end);
    const all = [...seen, ...late].sort((a, b) => a.position - b.position);
    const found = all.slice(0, limit);
    return { found, reached: all.length > limit ? (found.at(-1)?.position ?? position) : end };
  }

  /**
   * What a query did not see of a range. It may see one row of a transaction and not yet another, while rows that are
   * read in a transaction are all there or none; what is missing even then has expired.
   */
  async #overlooked(found: readonly Positioned[], after: number, end: number): Promise<Positioned[]> {
    const seen = new Set(found.map(({ position }) => position));
    const missing = Array.from({ length: Math.max(0, end - after) }, (_, at) => after + 1 + at).filter(
      (position) => !seen.has(position),
    );
    if (missing.length === 0) return [];
    const rows = await this.#table.getTogether(missing.map((position) => this.at(position)));
    return rows.flatMap((row) => (row ? [{ position: Number(row.sk), event: toEvent(row) }] : []));
  }

  /** The last position of the partitions of which nothing is left; events expire in their order. */
  async #lastExpired(position: number, head: number): Promise<number> {
    let expired = this.#partitionOf(position + 1);
    let kept = this.#partitionOf(head);
    while (expired + 1 < kept) {
      const middle = Math.floor((expired + kept) / 2);
      const { found } = await this.#stretch(middle * this.#partition, head, 1);
      if (found.length > 0) kept = middle;
      else expired = middle;
    }
    return kept * this.#partition;
  }
}
