import { defined } from '../../defined.ts';
import type { Page } from '../../element/element-store.ts';
import type { TaskportEvent } from '../../event/catalogue.ts';
import { type Entering, type EventLog, LOG_DAYS, type Logged } from '../../event/event-log.ts';
import { absent } from './engine/clause.ts';
import type { Item, Write } from './engine/expression.ts';
import { unavailable } from './engine/failure.ts';
import { backOff } from './engine/retry.ts';
import type { Table } from './engine/table.ts';

/** Events of the log in one partition. */
const PARTITION = 1_000;
/** Writes of one transaction (Amazon DynamoDB, quotas), less the one that moves the head. */
const MAX_WRITES = 99;
const MAX_TRIES = 20;
/** Positions before the head that a transaction may still be writing; no more than one transaction reads. */
const IN_FLIGHT = 100;
const DAY_SECONDS = 24 * 3600;

const HEAD = { pk: 'log', sk: 'head' };

const partitionOf = (position: number): string => `log#${Math.floor((position - 1) / PARTITION)}`;
const placeOf = (position: number): string => String(position).padStart(16, '0');
const historyOf = (id: string): string => `history#${id}`;

/** Whose history an event is part of: that of what it is of, and that of the executor that it was composed on. */
const subjectsOf = ({ detail }: TaskportEvent): string[] => [
  detail.id,
  ...('composition' in detail ? [detail.composition.executorId] : []),
];

/** In the order of changes; the same for a change that is told again. */
const placeInHistory = ({ event, sequence }: Entering): string =>
  `${sequence.padStart(40, '0')}#${event.detail.eventId}`;

const toEvent = (row: Item): TaskportEvent => JSON.parse(row.event as string) as TaskportEvent;

const toLogged = (row: Item): Logged => ({ position: Number(row.sk), event: toEvent(row) });

/** The writes that one event takes; the first finds out whether it was logged before. */
const writesOf = (entering: Entering, position: number, auditDays: number): Write[] => {
  const now = Math.floor(Date.now() / 1000);
  const event = JSON.stringify(entering.event);
  const expiresAt = now + auditDays * DAY_SECONDS;
  return [
    ...subjectsOf(entering.event).map((id) => ({
      put: { pk: historyOf(id), sk: placeInHistory(entering), event, expiresAt },
      condition: absent,
    })),
    {
      put: {
        pk: partitionOf(position),
        sk: placeOf(position),
        event,
        expiresAt: now + LOG_DAYS * DAY_SECONDS,
      },
    },
  ];
};

/** The first events that fit into one transaction. */
const fitting = (events: readonly Entering[]): Entering[] => {
  let writes = 0;
  return events.filter(({ event }) => {
    writes += subjectsOf(event).length + 1;
    return writes <= MAX_WRITES;
  });
};

/** The log of events in a table of its own. */
export class EventLogTable implements EventLog {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async append(events: readonly Entering[], auditDays: number): Promise<void> {
    let left = [...new Map(events.map((entering) => [entering.event.detail.eventId, entering])).values()];
    for (let tries = 0; left.length > 0; ) {
      const batch = fitting(left);
      const logged = await this.#commit(batch, auditDays);
      if (logged === 'outrun') {
        tries += 1;
        if (tries === MAX_TRIES) throw unavailable();
        await backOff(tries);
        continue;
      }
      tries = 0;
      left = left.filter((entering) => !logged.has(entering));
    }
  }

  /** Those of the events that stand in the log now or before: all that were given, or those that were found to. */
  async #commit(batch: readonly Entering[], auditDays: number): Promise<ReadonlySet<Entering> | 'outrun'> {
    const head = await this.head();
    const writes: Write[] = [
      {
        put: { ...HEAD, position: head + batch.length },
        condition:
          head === 0
            ? absent
            : { expression: '#at = :at', names: { '#at': 'position' }, values: { ':at': head } },
      },
    ];
    const owner: (Entering | undefined)[] = [undefined];
    for (const [at, entering] of batch.entries()) {
      for (const write of writesOf(entering, head + 1 + at, auditDays)) {
        writes.push(write);
        owner.push(entering);
      }
    }
    const result = await this.#table.transact(writes);
    if (result.ok) return new Set(batch);
    const known = [...result.failed.keys()].flatMap((at) => owner[at] ?? []);
    return known.length > 0 ? new Set(known) : 'outrun';
  }

  async head(): Promise<number> {
    return ((await this.#table.get(HEAD))?.position as number | undefined) ?? 0;
  }

  async after(position: number, limit: number): Promise<readonly Logged[]> {
    // First, since it moves with what is logged: whatever stands up to it is there, or has expired.
    const head = await this.head();
    if (head <= position) return [];
    const found = await this.#page(position, head, limit);
    if (found.length > 0 || partitionOf(position + 1) === partitionOf(head)) return found;
    // Nothing is left of the partition: what comes next begins another, the first of those that have not expired.
    return this.#page(await this.#lastExpired(position, head), head, limit);
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

  /** Events of the partition in which the next position is, up to the head. */
  async #page(position: number, head: number, limit: number): Promise<readonly Logged[]> {
    const pk = partitionOf(position + 1);
    const last = Math.min(head, (Math.floor(position / PARTITION) + 1) * PARTITION);
    const { items, more } = await this.#table.query(
      {
        expression: 'pk = :pk AND sk BETWEEN :first AND :last',
        values: { ':pk': pk, ':first': placeOf(position + 1), ':last': placeOf(last) },
      },
      { limit },
    );
    const found = items.map(toLogged);
    const end = more ? (found.at(-1)?.position ?? position) : last;
    const late = await this.#overlooked(pk, found, Math.max(position, head - IN_FLIGHT), end);
    return [...found, ...late].sort((a, b) => a.position - b.position).slice(0, limit);
  }

  /**
   * What a query did not see of a range. It may see one row of a transaction and not yet another, while rows that are
   * read in a transaction are all there or none; what is missing even then has expired.
   */
  async #overlooked(pk: string, found: readonly Logged[], after: number, end: number): Promise<Logged[]> {
    const seen = new Set(found.map(({ position }) => position));
    const missing = Array.from({ length: Math.max(0, end - after) }, (_, at) => after + 1 + at).filter(
      (position) => !seen.has(position),
    );
    if (missing.length === 0) return [];
    const rows = await this.#table.getTogether(missing.map((position) => ({ pk, sk: placeOf(position) })));
    return rows.flatMap((row) => (row ? [toLogged(row)] : []));
  }

  /** The last position of the partitions of which nothing is left; events expire in their order. */
  async #lastExpired(position: number, head: number): Promise<number> {
    let expired = Math.floor(position / PARTITION);
    let kept = Math.floor((head - 1) / PARTITION);
    while (expired + 1 < kept) {
      const middle = Math.floor((expired + kept) / 2);
      if ((await this.#page(middle * PARTITION, head, 1)).length > 0) kept = middle;
      else expired = middle;
    }
    return kept * PARTITION;
  }
}
