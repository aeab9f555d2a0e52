import { defined } from '../../defined.ts';
import type { OutputPlace, OutputStore } from '../../output/output-store.ts';
import type { Segment } from '../../output/segment.ts';
import { stagedRow } from './blob-row.ts';
import { absent } from './engine/clause.ts';
import type { Expression, Item, RowKey, Write } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { outputPartition } from './keys.ts';
import { DAY_SECONDS, expiring } from './time-to-live.ts';

const digits = (number: number): string => String(number).padStart(10, '0');

/** The prefix of the sort keys of a stream; no ID contains `#`. */
const streamOf = ({ taskId, attempt, stream }: OutputPlace): string =>
  `${taskId}#${digits(attempt)}#${stream}#`;

const keyOf = (place: OutputPlace, sequence: number): RowKey => ({
  pk: outputPartition(place.composition),
  sk: `${streamOf(place)}${digits(sequence)}`,
});

const between = (place: OutputPlace, from: number): Expression => ({
  expression: 'pk = :pk AND sk BETWEEN :from AND :to',
  values: {
    ':pk': outputPartition(place.composition),
    ':from': keyOf(place, from).sk,
    // Sorts after every digit.
    ':to': `${streamOf(place)}:`,
  },
});

const toRow = (place: OutputPlace, segment: Segment, days: number): Item => ({
  ...keyOf(place, segment.sequence),
  row: 'output',
  segment,
  ...defined({ bytesAt: segment.blob }),
  ...expiring(days * DAY_SECONDS),
});

const toSegment = ({ segment, doubt }: Item): Segment =>
  doubt !== undefined ? { ...(segment as Segment), isDoubted: true } : (segment as Segment);

/** Holds while a segment has these bytes, and this word keeps them in doubt. */
const isDoubted = ({ blob }: Segment, word: string): Expression => ({
  expression: 'bytesAt = :blob AND doubt = :word',
  values: { ':blob': blob, ':word': word },
});

/** The rows of a segment. The sweeper removes its bytes with it, since no element ever owns them. */
const rowsOf = (place: OutputPlace, segment: Segment, days: number, condition: Expression): Write[] => {
  const goneAt = new Date(Date.now() + days * DAY_SECONDS * 1000).toISOString();
  return [
    { put: toRow(place, segment, days), condition },
    ...(segment.blob === undefined ? [] : [{ put: stagedRow(segment.blob, goneAt) }]),
  ];
};

/**
 * The output of tasks in the one table (ADR 0001): one row for each segment, which contains the text if that is
 * small.
 */
export class OutputTable implements OutputStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async last(place: OutputPlace): Promise<Segment | undefined> {
    const [last] = await this.latest(place, 1);
    return last;
  }

  async add(place: OutputPlace, segment: Segment, days: number): Promise<boolean> {
    if (segment.blob === undefined) return (await this.#table.put(toRow(place, segment, days), absent)).ok;
    return (await this.#table.transact(rowsOf(place, segment, days, absent))).ok;
  }

  async doubt(place: OutputPlace, segment: Segment, word: string): Promise<boolean> {
    const set = { expression: 'SET doubt = :doubt', values: { ':doubt': word } };
    const hasBytes = { expression: 'bytesAt = :blob', values: { ':blob': segment.blob } };
    return (await this.#table.update(keyOf(place, segment.sequence), set, () => hasBytes)).ok;
  }

  async trust(place: OutputPlace, segment: Segment, word: string): Promise<boolean> {
    const remove = { expression: 'REMOVE doubt' };
    return (await this.#table.update(keyOf(place, segment.sequence), remove, () => isDoubted(segment, word)))
      .ok;
  }

  async replace(
    place: OutputPlace,
    segment: Segment,
    former: Segment,
    word: string,
    days: number,
  ): Promise<boolean> {
    return (await this.#table.transact(rowsOf(place, segment, days, isDoubted(former, word)))).ok;
  }

  async after(place: OutputPlace, sequence: number, limit: number) {
    const { items, more } = await this.#table.query(between(place, sequence + 1), { limit });
    return { segments: items.map(toSegment), more };
  }

  async latest(place: OutputPlace, limit: number): Promise<readonly Segment[]> {
    const { items } = await this.#table.query(between(place, 0), { limit, descending: true });
    return items.map(toSegment);
  }
}
