import { defined } from '../../../defined.ts';
import type { TaskportEvent } from '../../../event/catalogue.ts';
import type { EventLog, Logged, LogPage, Place } from '../../../event/event-log.ts';
import type { Page } from '../../../page.ts';
import type { Table } from '../engine/table.ts';
import { byChange, historyOf } from './entering-rows.ts';
import { type EventSequence, headsOf, sequenceOf, toEvent } from './event-sequence.ts';
import type { LogLayout, Shards } from './log-layout.ts';
import { merge, share } from './merged-shards.ts';
import { SequenceReader } from './sequence-reader.ts';

const startOf = ({ log, count }: Shards, location: string | undefined): Place =>
  defined({ log, location, positions: Array<number>(count).fill(0) });

/** Reads the log of events: by place, and the history of one element. */
export class LogReader implements Omit<EventLog, 'append'> {
  readonly #table: Table;
  readonly #former: EventSequence;
  readonly #layout: LogLayout;

  constructor(table: Table, former: EventSequence, layout: LogLayout) {
    this.#table = table;
    this.#former = former;
    this.#layout = layout;
  }

  async end(location: string | undefined): Promise<Place> {
    const { shards, position = 0 } = await this.#layout.read();
    if (!shards) return { positions: [position] };
    const start = startOf(shards, location);
    return { ...start, positions: await this.#ends(this.#sequencesOf(start)) };
  }

  async has({ log, positions }: Place): Promise<boolean> {
    const { shards, position = 0 } = await this.#layout.read();
    if (log === undefined) return (positions[0] as number) <= (shards?.sealedAt ?? position);
    return log === shards?.log && positions.length === shards.count;
  }

  async after(place: Place, limit: number, location: string | undefined): Promise<LogPage> {
    if (place.log !== undefined) return this.#afterInShards(place, limit);
    const { shards, position = 0 } = await this.#layout.read();
    const [from = 0] = place.positions;
    const end = shards?.sealedAt ?? position;
    const { found, reached } =
      from < end
        ? await new SequenceReader(this.#table, this.#former).after(from, end, limit)
        : { found: [], reached: from };
    const logged = found.map((each) => ({ event: each.event, place: { positions: [each.position] } }));
    const isDrained = reached >= end;
    if (!shards || !isDrained) return { logged, place: { positions: [reached] }, isEnd: isDrained };
    const start = startOf(shards, location);
    return logged.length > 0 ? { logged, place: start, isEnd: false } : this.#afterInShards(start, limit);
  }

  async of(id: string, limit: number, after?: string): Promise<Page<TaskportEvent>> {
    const { items, more } = await this.#table.query(
      {
        expression: `pk = :pk${after === undefined ? '' : ' AND sk > :after'}`,
        values: defined({ ':pk': historyOf(id), ':after': after }),
      },
      { limit },
    );
    const last = more ? items.at(-1) : undefined;
    return defined({ items: byChange(items).map(toEvent), next: last && (last.sk as string) });
  }

  #sequencesOf({ positions, location }: Place): EventSequence[] {
    return positions.map((_, shard) => sequenceOf(shard, location));
  }

  /** The ends of sequences for a reader. An eventually consistent read suffices, for half the units. */
  async #ends(sequences: readonly EventSequence[]): Promise<number[]> {
    return (await headsOf(this.#table, sequences, false)).map((head) => head ?? 0);
  }

  /** Events of all shards. Each shard gives as many as the reader is behind in it, until the page is full. */
  async #afterInShards(place: Place, limit: number): Promise<LogPage> {
    const sequences = this.#sequencesOf(place);
    const ends = await this.#ends(sequences);
    const from = (shard: number): number => place.positions[shard] as number;
    const shares = share(
      limit,
      ends.map((end, shard) => Math.max(0, end - from(shard))),
    );
    const pages = await Promise.all(
      sequences.map(async (sequence, shard) => {
        const [most, end] = [shares[shard] as number, ends[shard] as number];
        return most === 0
          ? { found: [], reached: from(shard) }
          : new SequenceReader(this.#table, sequence).after(from(shard), end, most);
      }),
    );
    const shown = merge(
      pages.map(({ found }, shard) => found.map(({ event, position }) => ({ event, shard, position }))),
    );
    const positions = [...place.positions];
    const logged = shown.map(({ event, shard, position }): Logged => {
      positions[shard] = position;
      return { event, place: { ...place, positions: [...positions] } };
    });
    const reached = pages.map((page) => page.reached);
    const isEnd = reached.every((position, shard) => position >= (ends[shard] as number));
    return { logged, place: { ...place, positions: reached }, isEnd };
  }
}
