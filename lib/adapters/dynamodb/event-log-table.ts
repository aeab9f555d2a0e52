import { defined } from '../../defined.ts';
import type { Page } from '../../element/element-store.ts';
import type { TaskportEvent } from '../../event/catalogue.ts';
import {
  type Entering,
  type EventLog,
  LOG_DAYS,
  type Logged,
  type LogPage,
  type Place,
} from '../../event/event-log.ts';
import { locationsOf } from '../../event/named.ts';
import type { Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { backOff } from './engine/retry.ts';
import type { Table } from './engine/table.ts';
import { LOG_ROOT } from './keys.ts';
import { fitting, historyOf, historyWritesOf, shardOf } from './log/entering-rows.ts';
import { EventSequence, toEvent } from './log/event-sequence.ts';
import { LogLayout, type Shards, unmoved } from './log/log-layout.ts';
import { merge, share } from './log/merged-shards.ts';
import { secondsNow } from './time-to-live.ts';

/** Events of one partition: so few that their writes are no burden to it, however fast they come. */
const PARTITION = 250;
/** As it was in the one sequence before there were shards. */
const FORMER_PARTITION = 1_000;
const MAX_TRIES = 20;
const DAY_SECONDS = 24 * 3600;

const startOf = ({ log, count }: Shards, location: string | undefined): Place =>
  defined({ log, location, positions: Array<number>(count).fill(0) });

/** The log of events in a table of its own. */
export class EventLogTable implements EventLog {
  readonly #table: Table;
  /** The one sequence of all events, as long as there are no shards. */
  readonly #former: EventSequence;
  readonly #layout: LogLayout;

  /** `shards` is how many shards a log gets that has none. */
  constructor(table: Table, shards?: number) {
    this.#table = table;
    this.#former = new EventSequence(table, LOG_ROOT.pk, FORMER_PARTITION);
    this.#layout = new LogLayout(table, this.#former.head, shards);
  }

  async append(events: readonly Entering[], auditDays: number): Promise<void> {
    if (events.length === 0) return;
    const shards = await this.#layout.settle();
    const lanes = new Map<number, Map<string, Entering>>();
    for (const entering of events) {
      const shard = shards ? shardOf(entering.event, shards.count) : 0;
      const lane = lanes.get(shard) ?? new Map<string, Entering>();
      lanes.set(shard, lane.set(entering.event.detail.eventId, entering));
    }
    const written = [...lanes].map(([shard, lane]) =>
      this.#write([...lane.values()], shards && shard, auditDays),
    );
    // Nothing is under way any more when it is said that something failed.
    for (const outcome of await Promise.allSettled(written)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
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
      from < end ? await this.#former.after(from, end, limit) : { found: [], reached: from };
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
    return defined({ items: items.map(toEvent), next: last && (last.sk as string) });
  }

  #sequence(shard: number, location: string | undefined): EventSequence {
    const name = `log/${shard}${location === undefined ? '' : `/${location}`}`;
    return new EventSequence(this.#table, name, PARTITION);
  }

  #sequencesOf({ positions, location }: Place): EventSequence[] {
    return positions.map((_, shard) => this.#sequence(shard, location));
  }

  /** Where sequences end, for who reads: as it was a moment ago, for half the units. */
  async #ends(sequences: readonly EventSequence[]): Promise<number[]> {
    return (await this.#heads(sequences, false)).map((head) => head ?? 0);
  }

  async #heads(sequences: readonly EventSequence[], consistent: boolean): Promise<(number | undefined)[]> {
    const keys = sequences.map(({ head }) => head);
    const rows = await this.#table.getMany(keys, { consistent });
    const heads = new Map(rows.map(({ pk, position }) => [pk, position as number | undefined]));
    return sequences.map(({ name }) => heads.get(name));
  }

  /** Events of all shards: as many of each as it is behind, until there are as many as are asked for. */
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
        return most === 0 ? { found: [], reached: from(shard) } : sequence.after(from(shard), end, most);
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

  /** Where an event goes: into its shard, for all readers and for those of each location; or into the one sequence. */
  #sequencesFor(event: TaskportEvent, shard: number | undefined): EventSequence[] {
    if (shard === undefined) return [this.#former];
    return [undefined, ...locationsOf(event)].map((location) => this.#sequence(shard, location));
  }

  /** Adds events of one shard, or to the one sequence, in their order. */
  async #write(events: readonly Entering[], shard: number | undefined, auditDays: number): Promise<void> {
    let left = events;
    for (let tries = 0; left.length > 0; ) {
      const logged = await this.#commit(left, shard, auditDays);
      if (logged.size > 0) {
        tries = 0;
        left = left.filter((entering) => !logged.has(entering));
        continue;
      }
      // Perhaps the log was given its shards.
      if (shard === undefined && (await this.#layout.settle())) return this.append(left, auditDays);
      tries += 1;
      if (tries === MAX_TRIES) throw unavailable();
      await backOff(tries);
    }
  }

  /**
   * Tries the first of the events that fit into one transaction. Answers which of them stand in the log now or before: all that were
   * tried, or those that were found to; none where another moved a head.
   */
  async #commit(
    events: readonly Entering[],
    shard: number | undefined,
    auditDays: number,
  ): Promise<ReadonlySet<Entering>> {
    const { batch, sequences } = fitting(events, (event) => this.#sequencesFor(event, shard));
    const heads = await this.#heads(sequences, true);
    const next = new Map(sequences.map(({ name }, at) => [name, (heads[at] ?? 0) + 1]));
    const now = secondsNow();
    const writes: Write[] = [];
    const owner: Entering[] = [];
    for (const entering of batch) {
      for (const write of historyWritesOf(entering, now + auditDays * DAY_SECONDS)) {
        owner[writes.length] = entering;
        writes.push(write);
      }
      const event = JSON.stringify(entering.event);
      for (const sequence of this.#sequencesFor(entering.event, shard)) {
        const position = next.get(sequence.name) as number;
        next.set(sequence.name, position + 1);
        writes.push({ put: { ...sequence.at(position), event, expiresAt: now + LOG_DAYS * DAY_SECONDS } });
      }
    }
    for (const [at, { name, head }] of sequences.entries()) {
      const put = { ...head, position: (next.get(name) as number) - 1 };
      writes.push({ put, condition: unmoved(heads[at]) });
    }
    const result = await this.#table.transact(writes);
    return new Set(result.ok ? batch : [...result.failed.keys()].flatMap((at) => owner[at] ?? []));
  }
}
