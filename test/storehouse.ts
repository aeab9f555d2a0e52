import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { inject } from 'vitest';
import { createApp } from '../functions/api/app.ts';
import { DEFAULT_SILENCE_SECONDS, type Dependencies } from '../functions/dependencies.ts';
import { asFunction } from '../infra/local/function-calls.ts';
import { CompositionTable } from '../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../lib/adapters/dynamodb/element-table.ts';
import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import type { Item } from '../lib/adapters/dynamodb/engine/expression.ts';
import { Table } from '../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../lib/adapters/dynamodb/event-log-table.ts';
import { IdempotencyTable } from '../lib/adapters/dynamodb/idempotency-table.ts';
import { elementKey } from '../lib/adapters/dynamodb/keys.ts';
import { LocationTable } from '../lib/adapters/dynamodb/location-table.ts';
import { OutputTable } from '../lib/adapters/dynamodb/output-table.ts';
import { RunnerTable } from '../lib/adapters/dynamodb/runner-table.ts';
import { SessionTable } from '../lib/adapters/dynamodb/session-table.ts';
import { Sweeper } from '../lib/adapters/dynamodb/sweeper.ts';
import { TagTable } from '../lib/adapters/dynamodb/tag-table.ts';
import { BlobBucket } from '../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../lib/adapters/s3/client.ts';
import { createSaves } from '../lib/composition/saves.ts';
import { defined } from '../lib/defined.ts';
import type { ElementRecord } from '../lib/element/element.ts';
import { S3_LIMITS, type UploadLimits } from '../lib/element/upload/upload.ts';
import { verifyUpload } from '../lib/element/upload/verify-upload.ts';
import type { Image } from '../lib/event/change.ts';
import { LocationCache } from '../lib/location/location-cache.ts';
import { anyDue } from './due-rows.ts';
import { expire } from './expiry.ts';
import { type FaultProxy, startFaultProxy } from './faults/proxy.ts';
import { openTable } from './tables.ts';
import { type Answer, AUDIT_DAYS, useEngines } from './taskport.ts';
import { unsigned } from './unsigned.ts';

/** A test's own requests do not count as a function's, even in the middle of a call of that function. */
const asTest = new AsyncResource('test');

/** Wraps every request to a store; `send` sends it. `name` is the SDK's, such as `CopyObject`. */
type Interception = <T>(name: string, send: () => Promise<T>) => Promise<T>;

export interface StorehouseOptions {
  readonly store?: 'trusting' | 'enforcing';
  readonly limits?: UploadLimits;
  readonly intercept?: Interception;
}

/** Remaining data: everything except locations, their accounting, and the names of deleted elements. */
export interface Remains {
  readonly objects: readonly string[];
  readonly rows: readonly string[];
}

/** A Taskport with its own table and bucket, whose contents a test can read. */
export interface Storehouse {
  readonly dependencies: Dependencies;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Runs the sweeper until nothing is due, and deletes expired rows, with the clock this many milliseconds ahead. */
  sweep(aheadMs?: number): Promise<void>;
  /** Whether a row is due for the sweeper, with the clock this many milliseconds ahead. */
  isDue(aheadMs: number): Promise<boolean>;
  /** Verifies all requested elements, or one, like the stream and the bus. */
  verify(id?: string): Promise<void>;
  objects(): Promise<string[]>;
  rows(): Promise<Item[]>;
  remains(): Promise<Remains>;
  /** The element in the form of the stream. */
  image(id: string): Promise<Image | undefined>;
  /** Another process on the same table and bucket. */
  another(options?: StorehouseOptions): Storehouse;
}

type Row = ElementRecord & { readonly id: string };

const KEPT = new Set(['location', 'past-location', 'space', 'gone', 'idempotency', 'gone-tag', undefined]);
const MAX_RUNS = 20;

/** Wraps each request, and each repeat separately; presigning is no request. */
const intercepting = <C extends DynamoDBClient | S3Client>(
  client: C,
  intercept: Interception | undefined,
): C => {
  if (intercept) {
    (client as S3Client).middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) =>
          intercept(commandName.replace(/Command$/, ''), () => next(args)),
      { step: 'deserialize', priority: 'high' },
    );
  }
  return client;
};

const assemble = (
  tableName: string,
  bucket: string,
  { store = 'trusting', limits = S3_LIMITS, intercept }: StorehouseOptions,
): Storehouse => {
  const table = new Table(intercepting(unsigned(createDynamoClient()), intercept), tableName);
  const blobs = new BlobBucket(intercepting(createS3Client(), intercept), {
    bucket,
    enforces: store === 'enforcing',
  });
  const locations = new LocationTable(table, table);
  const elements = new ElementTable(table);
  const compositions = new CompositionTable(table);
  const dependencies: Dependencies = {
    elements,
    tags: new TagTable(table),
    compositions,
    saves: createSaves({ elements, compositions, now: Date.now }),
    outputs: new OutputTable(table),
    deployment: tableName,
    log: new EventLogTable(table),
    blobs,
    locations,
    known: new LocationCache(locations, Date.now),
    idempotency: new IdempotencyTable(table),
    runners: new RunnerTable(table),
    sessions: new SessionTable(table),
    silenceSeconds: DEFAULT_SILENCE_SECONDS,
    administrators: new Set(['local']),
    engines: new Set(['fargate']),
    now: Date.now,
    newId: randomUUID,
    limits,
  };
  const app = createApp(dependencies, { localPrincipal: 'local', log: () => {} });
  const verifyOne = (id: string, attempt: string) =>
    asFunction('verify', () => verifyUpload(dependencies, id, attempt));
  const dynamodb = unsigned(createDynamoClient());
  const s3 = createS3Client();
  const storehouse: Storehouse = {
    dependencies,
    async call(method, path, body, headers = {}) {
      const bytes = body instanceof Uint8Array;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const request: RequestInit = defined({
        method,
        headers: {
          ...defined({ 'content-type': body === undefined || bytes ? undefined : type }),
          ...headers,
        },
        body: body === undefined ? undefined : bytes ? new Uint8Array(body) : JSON.stringify(body),
      });
      const response = await asFunction('api', () => app.request(path, request));
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
    async sweep(aheadMs = 0) {
      const sweeper = new Sweeper(table, blobs, () => Date.now() + aheadMs, AUDIT_DAYS);
      for (let run = 0; run < MAX_RUNS; run += 1) {
        const counts = await asFunction('sweep', () => sweeper.run());
        const rows = await storehouse.rows();
        if (Object.keys(counts).length === 0 || !anyDue(rows, aheadMs)) return expire(table, rows, aheadMs);
      }
      throw new Error('the sweeper comes to no end');
    },
    isDue: async (aheadMs) => anyDue(await storehouse.rows(), aheadMs),
    async verify(id) {
      const one = id === undefined ? undefined : ((await table.get(elementKey(id))) as Item | undefined);
      const rows = (id === undefined ? await storehouse.rows() : one ? [one] : []) as unknown as Row[];
      await Promise.all(
        rows.flatMap((row) =>
          row.upload?.verification ? [verifyOne(row.id, row.upload.verification.attempt)] : [],
        ),
      );
    },
    async objects() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    async rows() {
      const rows: Item[] = [];
      let start: Record<string, never> | undefined;
      do {
        const command: ScanCommand = new ScanCommand({
          TableName: tableName,
          ConsistentRead: true,
          ExclusiveStartKey: start,
        });
        const { Items = [], LastEvaluatedKey } = await asTest.runInAsyncScope(() => dynamodb.send(command));
        rows.push(...Items.map((item) => unmarshall(item)));
        start = LastEvaluatedKey as typeof start;
      } while (start);
      return rows;
    },
    async remains() {
      const rows = (await storehouse.rows()).filter(({ row }) => !KEPT.has(row as string | undefined));
      return {
        objects: await storehouse.objects(),
        rows: rows.map((row) => `${row.pk} ${row.sk} ${row.state ?? ''}`),
      };
    },
    async image(id) {
      const row = await table.get(elementKey(id));
      if (!row) return undefined;
      const { spec, ...rest } = row;
      return { ...rest, ...(spec ? { spec: JSON.parse(spec as string) } : {}) } as unknown as Image;
    },
    another: (options = {}) => assemble(tableName, bucket, { store, limits, ...options }),
  };
  return storehouse;
};

/** The storehouse on an existing table and bucket, on the engines of the environment. */
export const storehouseAt = (table: string, bucket: string): Storehouse => assemble(table, bucket, {});

/** Opens an empty storehouse. */
export const openStorehouse = async (options: StorehouseOptions = {}): Promise<Storehouse> => {
  const name = `store-${randomUUID()}`;
  useEngines();
  await openTable(inject('dynamodbUrl'), name);
  await createS3Client().send(new CreateBucketCommand({ Bucket: name }));
  return assemble(name, name, options);
};

export const NOTHING: Remains = { objects: [], rows: [] };

/** Another process on the same table and bucket, with a proxy before the bucket. */
export const openBehindProxy = async (
  storehouse: Storehouse,
): Promise<{ readonly behind: Storehouse; readonly proxy: FaultProxy }> => {
  const proxy = await startFaultProxy(inject('s3Url'));
  useEngines(inject('dynamodbUrl'), proxy.url);
  const behind = storehouse.another();
  // Clients resolve their endpoint at the first call.
  await behind.objects();
  await behind.dependencies.blobs.stat('none');
  useEngines();
  return { behind, proxy };
};
