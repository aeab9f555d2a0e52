/**
 * The event log gets its shards while the former version, this one, and this one with a number of shards process the changes of one table, in
 * sequence and concurrently, and while a reader follows.
 */
import { randomUUID } from 'node:crypto';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createApp } from '../../functions/api/app.ts';
import { createHandler as createAudit } from '../../functions/audit/handler.ts';
import { createDependencies } from '../../functions/dependencies.ts';
import { clientConfig } from '../../infra/local/client-config.ts';
import { startStream } from '../../infra/local/stream.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { toChange } from '../../lib/adapters/dynamodb/stream-record.ts';
import { logTableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { eventsOf, type TaskportEvent } from '../../lib/event/catalogue.ts';
import type { Envelope } from '../../lib/event/consumer.ts';
import { ordererOf } from '../../lib/event/named.ts';
import { titled } from '../bundle.ts';
import { Composer, type Post } from '../composing.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { seededRandom } from '../faults/script.ts';
import { pathOf } from '../functions/api/support.ts';
import { PATIENCE } from '../patience.ts';
import { openTable } from '../tables.ts';
import { AUDIT_DAYS, logTableOf, useEngines } from '../taskport.ts';
import { loadFormer, type Version, withoutFormer } from './former.ts';

const SHARDS = 4;
const SEED = 11;

type Handler = (batch: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;
interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

/** The events of each record, in their order. */
const byRecord = (events: readonly Pick<TaskportEvent, 'detail'>[]): Record<string, string[]> => {
  const records: Record<string, string[]> = {};
  for (const event of events) {
    const record = ordererOf(event as TaskportEvent);
    records[record] = [...(records[record] ?? []), event.detail.eventId];
  }
  return records;
};

const without = withoutFormer();

describe.skipIf(without)(titled('the event log, on the way to its shards', without), () => {
  let former: Version;
  let table: string;
  /** All events of the stream, once each. */
  const told = new Map<string, TaskportEvent>();
  /** The active functions: each batch goes to one or two of them, and comes again unless all of them accept it. */
  let atWork: readonly Handler[] = [];
  const random = seededRandom(SEED);

  const apiOf = (version: Pick<Version, 'createApp' | 'createDependencies'>) => {
    const stores = { table, log: logTableOf(table), bucket: TEST_BUCKET, store: 'trusting' };
    const dependencies = version.createDependencies({ ...stores, administrators: ['local'] });
    const app = version.createApp(dependencies, { localPrincipal: 'local', log: () => {} });
    return async (method: string, path: string, body?: object): Promise<Answered> => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const answer = await app.request(path, {
        method,
        headers: body ? { 'content-type': type } : {},
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    };
  };
  type Api = ReturnType<typeof apiOf>;
  const writerOf = (version: Pick<Version, 'createAudit' | 'EventLogTable' | 'Table'>, shards?: number) =>
    version.createAudit(
      new version.EventLogTable(new version.Table(createDynamoClient(), logTableOf(table)), shards),
      AUDIT_DAYS,
    ) as Handler;
  const present = { createApp, createDependencies, createAudit, EventLogTable, Table };

  const handle: Handler = async (batch) => {
    for (const record of batch.Records) {
      for (const event of eventsOf(toChange(record))) told.set(event.detail.eventId, event);
    }
    const first = Math.floor(random() * atWork.length);
    const second = Math.floor(random() * atWork.length);
    const outcomes = await Promise.allSettled([...new Set([first, second])].map((at) => atWork[at]?.(batch)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return { batchItemFailures: [] };
  };

  beforeAll(async () => {
    useEngines();
    former = await loadFormer();
    table = `upgrade-log-${randomUUID()}`;
    await openTable(inject('dynamodbUrl'), table, tableSchema);
    await openTable(inject('dynamodbUrl'), logTableOf(table), logTableSchema);
  });

  it('has each event once, each record in order, and no reader misses any', async () => {
    const [old, between, sharding] = [writerOf(former), writerOf(present), writerOf(present, SHARDS)];
    const [before, now] = [apiOf(former), apiOf(present)];
    atWork = [old];
    const stream = startStream({
      config: clientConfig(inject('dynamodbUrl')),
      tableName: table,
      name: 'audit',
      batchSize: 7,
      handler: handle,
      report: () => {},
    });
    const done = async (api: Api, method: string, path: string, body?: object) => {
      const answer = await api(method, path, body);
      expect({ path, ...answer }).toMatchObject({ status: expect.toSatisfy((status) => status < 300) });
      return answer.body;
    };
    const seen: Envelope[] = [];
    let after: string | undefined;
    /** Reads all logged events, by pages of this version. */
    const catchUp = async (api: Api): Promise<void> => {
      for (;;) {
        const query = `limit=9${after === undefined ? '' : `&after=${after}`}`;
        const page = await done(api, 'GET', `/v1/events?${query}`);
        seen.push(...page.items);
        if (page.after === after) return;
        ({ after } = page);
      }
    };
    let made = 0;
    const change = async (): Promise<void> => {
      made += 1;
      const name = String(made);
      const ids = [1, 2, 3, 4, 5].map((nth) => `task://task/${name}-${nth}`);
      await Promise.all(ids.map((id) => done(now, 'POST', '/v1/elements', { id })));
      for (const count of ['1', '2', '3']) {
        const metadata = { rw: { count } };
        await Promise.all(ids.map((id) => done(now, 'PATCH', pathOf(id), { metadata })));
      }
      const executor = `executor://executor/${name}`;
      await done(now, 'POST', '/v1/elements', { id: executor });
      const post: Post<Answered> = (path, body) => now('POST', path, body);
      const composer = await new Composer(post as never, executor).open();
      for (const id of ids.slice(0, 2)) await composer.join(id);
      for (const id of ids.slice(0, 2)) await composer.leave(id);
      await done(now, 'DELETE', pathOf(ids[4] as string));
    };
    /** Waits until all changes are logged and read. */
    const settled = async (api: Api): Promise<void> => {
      made += 1;
      const id = `task://task/mark-${made}`;
      await done(now, 'POST', '/v1/elements', { id });
      await vi.waitFor(async () => {
        await catchUp(api);
        expect(seen.map(({ detail }) => detail.id)).toContain(id);
      }, PATIENCE);
    };
    try {
      for (const kind of ['task', 'executor']) await done(now, 'POST', '/v1/locations', { name: kind, kind });
      await change();
      await settled(before);
      const cursor = after;
      // The first release: it writes beside the former version, and both are read.
      atWork = [old, between];
      await change();
      await settled(before);
      await settled(now);
      // The second: functions change over one by one.
      atWork = [old, between, sharding, sharding];
      await Promise.all([change(), change(), change()]);
      atWork = [between, sharding];
      await settled(now);
      await change();
      await settled(now);
      // Back to the first.
      atWork = [between];
      await change();
      await settled(now);
      expect(byRecord(seen)).toEqual(byRecord([...told.values()]));
      // A reader from the beginning, and one that continues from the former version, get the same.
      const all = [...seen];
      after = undefined;
      seen.length = 0;
      await catchUp(now);
      expect(byRecord(seen)).toEqual(byRecord(all));
      after = cursor;
      seen.length = 0;
      await catchUp(now);
      const first = all.findIndex(({ detail }) => detail.id === seen[0]?.detail.id);
      expect(seen.map(({ detail }) => detail.eventId)).toHaveLength(all.length - first);
      expect(byRecord(seen)).toEqual(byRecord(all.slice(first)));
      // The former version still shows the audit trail, and has no log any more.
      for (const id of ['task://task/1-1', `task://task/${made - 1}-1`, 'executor://executor/1']) {
        const [theirs, ours] = await Promise.all(
          [before, now].map((api) => done(api, 'GET', `${pathOf(id)}/audit`)),
        );
        expect(theirs).toEqual(ours);
        expect(ours.items.length).toBeGreaterThan(4);
      }
      expect((await done(before, 'GET', '/v1/events')).items).toEqual([]);
    } finally {
      await stream.stop();
    }
  });
});
