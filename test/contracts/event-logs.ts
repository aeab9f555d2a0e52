import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../../infra/local/client-config.ts';
import { createTable } from '../../infra/local/engines/table.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { logTableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import type { TaskportEvent } from '../../lib/event/catalogue.ts';
import type { Entering, EventLog, Logged } from '../../lib/event/event-log.ts';
import { AUDIT_DAYS } from '../taskport.ts';
import type { Interception } from './stores.ts';

/** A log in a table of its own. */
export interface Log extends EventLog {
  readonly table: Table;
  add(events: readonly Entering[]): Promise<void>;
  /** All that can be read, in pages, each after the last position of the one before. */
  all(limit?: number): Promise<Logged[]>;
  /** All of a record's history, in pages. */
  history(id: string, limit?: number): Promise<TaskportEvent[]>;
  /** The same log, whose requests are intercepted, as another process would have it. */
  intercepted(intercept: Interception): Log;
}

class TestLog extends EventLogTable implements Log {
  readonly table: Table;
  readonly #url: string;

  constructor(url: string, name: string, intercept?: Interception) {
    const client = new DynamoDBClient({ ...clientConfig(url), maxAttempts: 1 });
    if (intercept) {
      client.middlewareStack.add(
        (next, { commandName = '' }) =>
          (args) =>
            intercept(commandName.replace(/Command$/, ''), () => next(args), args.input),
        { step: 'initialize' },
      );
    }
    const table = new Table(client, name);
    super(table);
    this.table = table;
    this.#url = url;
  }

  add(events: readonly Entering[]): Promise<void> {
    return this.append(events, AUDIT_DAYS);
  }

  async all(limit = 100): Promise<Logged[]> {
    const logged: Logged[] = [];
    for (;;) {
      const page = await this.after(logged.at(-1)?.position ?? 0, limit);
      if (page.length === 0) return logged;
      logged.push(...page);
    }
  }

  async history(id: string, limit = 100): Promise<TaskportEvent[]> {
    const events: TaskportEvent[] = [];
    let after: string | undefined;
    do {
      const { items, next } = await this.of(id, limit, after);
      events.push(...items);
      after = next;
    } while (after !== undefined);
    return events;
  }

  intercepted(intercept: Interception): Log {
    return new TestLog(this.#url, this.table.name, intercept);
  }
}

const newTable = async (url: string): Promise<string> => {
  const name = `log-${randomUUID()}`;
  await createTable(clientConfig(url), name, logTableSchema);
  return name;
};

/** Tables in stock, by engine: one is made while the test before it runs, since that takes the engine a while. */
const stock = new Map<string, Promise<string>>();

/** Opens an empty log on an engine. */
export const openLog = async (url: string): Promise<Log> => {
  const name = await (stock.get(url) ?? newTable(url));
  const next = newTable(url);
  // Whoever takes it is told; nobody may.
  next.catch(() => {});
  stock.set(url, next);
  return new TestLog(url, name);
};

export const EXECUTOR = 'executor://farm/one';
const AT = '2026-01-01T00:00:00.000Z';

const about = (eventId: string, id: string) => {
  const [kind = '', location = ''] = id.split(/:\/\/|\//);
  return { eventId, schemaVersion: 1 as const, id, kind: kind as 'image', location, at: AT, actor: 'tester' };
};

/** The nth change of an image. */
export const change = (nth: number, id = 'image://library/alpine'): Entering => ({
  sequence: String(nth),
  event: {
    detailType: 'Image Modified',
    detail: { ...about(`c${nth}.modified`, id), createdAt: AT, revision: nth, changed: ['rw.n'] },
  },
});

/** The nth change of a composition: a member is bound to the executor. */
export const binding = (nth: number, id = 'image://library/alpine'): Entering => ({
  sequence: String(nth),
  event: {
    detailType: 'Image Bound',
    detail: {
      ...about(`c${nth}.bound.${id}`, id),
      composition: { executorId: EXECUTOR, createdAt: AT, revision: nth },
    },
  },
});

/** So many changes from the nth on. */
export const changes = (from: number, count: number, id?: string): Entering[] =>
  Array.from({ length: count }, (_, at) => change(from + at, id));

/** Each event by its id, with its position. */
export const places = (logged: readonly Logged[]): [number, string][] =>
  logged.map(({ position, event }) => [position, event.detail.eventId]);

export const eventIds = (events: readonly { readonly event: TaskportEvent }[]): string[] =>
  events.map(({ event }) => event.detail.eventId);

/** The positions from 1 to this one. */
export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);
