import type { TaskportEvent } from '../../../event/catalogue.ts';
import type { Table } from '../engine/table.ts';
import { type EventSequence, placeOf, toEvent } from './event-sequence.ts';

/** Positions before the head that a transaction may still be writing; a transaction reads at most this many. */
const IN_FLIGHT = 100;

/** An event and its position. */
interface Positioned {
  readonly position: number;
  readonly event: TaskportEvent;
}

/** Events after a position, and the last position up to which they are complete. */
interface Stretch {
  readonly found: readonly Positioned[];
  readonly reached: number;
}

/** Reads the events of one sequence. */
export class SequenceReader {
  readonly #table: Table;
  readonly #sequence: EventSequence;

  constructor(table: Table, sequence: EventSequence) {
    this.#table = table;
    this.#sequence = sequence;
  }

  /**
   * Events after a position. The caller has read the head before: every position up to it has its event, unless
   * that has expired.
   */
  async after(position: number, head: number, limit: number): Promise<Stretch> {
    const next = await this.#stretch(position, head, limit);
    if (next.found.length > 0 || next.reached === head) return next;
    // All events of the partition have expired: continue with the first partition whose events have not.
    return this.#stretch(await this.#lastExpired(position, head), head, limit);
  }

  /** Events of the partition in which the next position is, up to the head. */
  async #stretch(position: number, head: number, limit: number): Promise<Stretch> {
    const { pk, sk } = this.#sequence.at(position + 1);
    const last = Math.min(head, (this.#sequence.partitionOf(position + 1) + 1) * this.#sequence.partition);
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
   * Events of a range that a query did not see. A query may see one row of a transaction and not yet another,
   * while a read in a transaction sees all of them or none. An event that is missing even then has expired.
   */
  async #overlooked(found: readonly Positioned[], after: number, end: number): Promise<Positioned[]> {
    const seen = new Set(found.map(({ position }) => position));
    const missing = Array.from({ length: Math.max(0, end - after) }, (_, at) => after + 1 + at).filter(
      (position) => !seen.has(position),
    );
    if (missing.length === 0) return [];
    const rows = await this.#table.getTogether(missing.map((position) => this.#sequence.at(position)));
    return rows.flatMap((row) => (row ? [{ position: Number(row.sk), event: toEvent(row) }] : []));
  }

  /** The last position of the partitions whose events have all expired; events expire in their order. */
  async #lastExpired(position: number, head: number): Promise<number> {
    let expired = this.#sequence.partitionOf(position + 1);
    let kept = this.#sequence.partitionOf(head);
    while (expired + 1 < kept) {
      const middle = Math.floor((expired + kept) / 2);
      const { found } = await this.#stretch(middle * this.#sequence.partition, head, 1);
      if (found.length > 0) kept = middle;
      else expired = middle;
    }
    return kept * this.#sequence.partition;
  }
}
