import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { logTableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import type { TaskportEvent } from '../../lib/event/catalogue.ts';
import {
  BEGINNING,
  type Entering,
  type EventLog,
  type Logged,
  type Place,
} from '../../lib/event/event-log.ts';
import { takeTable } from '../tables.ts';
import { AUDIT_DAYS } from '../taskport.ts';
import type { Interception } from './stores.ts';

/** An event, and its position in a log with one shard. */
export interface Positioned {
  readonly position: number;
  readonly event: TaskportEvent;
}

/** The number of shards; `none` for a log from before shards existed. */
export type Layout = 'none' | number;

/** A log in its own table. */
export interface Log extends EventLog {
  readonly table: Table;
  add(events: readonly Entering[]): Promise<void>;
  /** All events from a place on, in pages, and the end. */
  read(options?: {
    from?: Place;
    limit?: number;
    location?: string;
  }): Promise<{ logged: Logged[]; place: Place }>;
  /** The last position, for a log with at most one shard. */
  head(): Promise<number>;
  /** The place of a position, for a log with at most one shard. */
  at(position: number): Promise<Place>;
  /** A page, for a log with at most one shard. */
  page(position: number, limit: number): Promise<Positioned[]>;
  /** All events, for a log with at most one shard. */
  all(limit?: number): Promise<Positioned[]>;
  /** The whole history of a record, in pages. */
  history(id: string, limit?: number): Promise<TaskportEvent[]>;
  /** The same log in another process, with intercepted requests. */
  intercepted(intercept: Interception): Log;
  /** The same log for a deployment that requests this number of shards. */
  asking(shards?: number): Log;
}

const positionOf = ({ positions }: Place): number => positions[0] as number;
export const toPositioned = ({ event, place }: Logged): Positioned => ({
  position: positionOf(place),
  event,
});

class TestLog extends EventLogTable implements Log {
  readonly table: Table;
  readonly #url: string;
  readonly #shards: number | undefined;

  constructor(url: string, name: string, shards?: number, intercept?: Interception) {
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
    super(table, shards);
    this.table = table;
    this.#url = url;
    this.#shards = shards;
  }

  add(events: readonly Entering[]): Promise<void> {
    return this.append(events, AUDIT_DAYS);
  }

  async read({ from = BEGINNING, limit = 100, location }: Parameters<Log['read']>[0] = {}) {
    const logged: Logged[] = [];
    let place = from;
    for (let isEnd = false; !isEnd; ) {
      const page = await this.after(place, limit, location);
      expect(page.logged.length).toBeLessThanOrEqual(limit);
      logged.push(...page.logged);
      ({ place, isEnd } = page);
    }
    return { logged, place };
  }

  async head(): Promise<number> {
    return positionOf(await this.end(undefined));
  }

  async page(position: number, limit: number): Promise<Positioned[]> {
    return (await this.after(await this.at(position), limit, undefined)).logged.map(toPositioned);
  }

  async at(position: number): Promise<Place> {
    return { ...(await this.end(undefined)), positions: [position] };
  }

  async all(limit = 100): Promise<Positioned[]> {
    return (await this.read({ limit })).logged.map(toPositioned);
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
    return new TestLog(this.#url, this.table.name, this.#shards, intercept);
  }

  asking(shards?: number): Log {
    return new TestLog(this.#url, this.table.name, shards);
  }
}

/** Opens an empty log on an engine. */
export const openLog = async (url: string, layout: Layout): Promise<Log> => {
  const name = await takeTable(url, logTableSchema);
  const log = new TestLog(url, name, layout === 'none' ? undefined : layout);
  if (layout === 'none') await log.table.put({ pk: 'log', sk: 'head', position: 0 });
  return log;
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
  order: 0,
  event: {
    detailType: 'Image Modified',
    detail: { ...about(`c${nth}.modified`, id), createdAt: AT, revision: nth, changed: ['rw.n'] },
  },
});

/** The nth change of a composition: a member is bound to the executor. */
export const binding = (nth: number, id = 'image://library/alpine'): Entering => ({
  sequence: String(nth),
  order: 0,
  event: {
    detailType: 'Image Bound',
    detail: {
      ...about(`c${nth}.bound.${id}`, id),
      composition: { executorId: EXECUTOR, createdAt: AT, revision: nth },
    },
  },
});

/** This number of changes, from the nth on. */
export const changes = (from: number, count: number, id?: string): Entering[] =>
  Array.from({ length: count }, (_, at) => change(from + at, id));

/** The IDs of events, each with its position. */
export const places = (logged: readonly Positioned[]): [number, string][] =>
  logged.map(({ position, event }) => [position, event.detail.eventId]);

export const eventIds = (events: readonly { readonly event: TaskportEvent }[]): string[] =>
  events.map(({ event }) => event.detail.eventId);

/** The positions from 1 to this one. */
export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);
