import type { TaskportEvent } from '../../event/catalogue.ts';
import { type Entering, type EventLog, LOG_DAYS } from '../../event/event-log.ts';
import { locationsOf } from '../../event/named.ts';
import { loaded } from '../../loaded.ts';
import type { Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { backOff } from './engine/retry.ts';
import type { Table } from './engine/table.ts';
import { LOG_ROOT } from './keys.ts';
import { fitting, historyWritesOf, shardOf } from './log/entering-rows.ts';
import { EventSequence, headsOf, sequenceOf } from './log/event-sequence.ts';
import { LogLayout, unmoved } from './log/log-layout.ts';
import type { LogReader } from './log/log-reader.ts';
import { DAY_SECONDS, secondsNow } from './time-to-live.ts';

/** The size that partitions had in the one sequence, before there were shards. */
const FORMER_PARTITION = 1_000;
const MAX_TRIES = 20;

/** The log of events in a table of its own. */
export class EventLogTable implements EventLog {
  readonly #table: Table;
  /** The one sequence of all events, as long as the log has no shards. */
  readonly #former: EventSequence;
  readonly #layout: LogLayout;
  /** Loaded by the first read, since functions that write the log do not read it. */
  readonly #reader: () => Promise<LogReader>;

  /** `shards` is the number of shards that a log gets if it has none yet. */
  constructor(table: Table, shards?: number) {
    this.#table = table;
    this.#former = new EventSequence(LOG_ROOT.pk, FORMER_PARTITION);
    this.#layout = new LogLayout(table, this.#former.head, shards);
    this.#reader = loaded(async () => {
      const { LogReader } = await import('./log/log-reader.ts');
      return new LogReader(table, this.#former, this.#layout);
    });
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
    // Waits for all writes before it throws, so that none is still under way then.
    for (const outcome of await Promise.allSettled(written)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  async end(...asked: Parameters<EventLog['end']>) {
    return (await this.#reader()).end(...asked);
  }

  async has(...asked: Parameters<EventLog['has']>) {
    return (await this.#reader()).has(...asked);
  }

  async after(...asked: Parameters<EventLog['after']>) {
    return (await this.#reader()).after(...asked);
  }

  async of(...asked: Parameters<EventLog['of']>) {
    return (await this.#reader()).of(...asked);
  }

  /**
   * The sequences that an event goes into: those of its shard, one for all readers and one for those of each
   * location; or the one sequence.
   */
  #sequencesFor(event: TaskportEvent, shard: number | undefined): EventSequence[] {
    if (shard === undefined) return [this.#former];
    return [undefined, ...locationsOf(event)].map((location) => sequenceOf(shard, location));
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
      // Another process may have given the log its shards meanwhile.
      if (shard === undefined && (await this.#layout.settle())) return this.append(left, auditDays);
      tries += 1;
      if (tries === MAX_TRIES) throw unavailable();
      await backOff(tries);
    }
  }

  /**
   * Tries the first events that fit into one transaction. Answers which of them are in the log: all that it
   * tried, or those that were already there; none if another process moved a head.
   */
  async #commit(
    events: readonly Entering[],
    shard: number | undefined,
    auditDays: number,
  ): Promise<ReadonlySet<Entering>> {
    const { batch, sequences } = fitting(events, (event) => this.#sequencesFor(event, shard));
    const heads = await headsOf(this.#table, sequences, true);
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
