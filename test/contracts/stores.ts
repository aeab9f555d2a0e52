import { BatchWriteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, inject } from 'vitest';
import { asFunction } from '../../infra/local/function-calls.ts';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { type Item, toAttributes } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { IdempotencyTable } from '../../lib/adapters/dynamodb/idempotency-table.ts';
import { LocationTable } from '../../lib/adapters/dynamodb/location-table.ts';
import { type SweepCounts, Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import type { TableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { TagTable } from '../../lib/adapters/dynamodb/tag-table.ts';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import type { CompositionStore } from '../../lib/composition/composition-store.ts';
import type { BlobStore } from '../../lib/element/blob-store.ts';
import type { ElementStore } from '../../lib/element/element-store.ts';
import type { TagStore } from '../../lib/element/registry/tag-store.ts';
import type { IdempotencyStore } from '../../lib/idempotency.ts';
import type { LocationStore } from '../../lib/location/location-store.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { expire } from '../expiry.ts';
import { takeTable } from '../tables.ts';
import { AUDIT_DAYS, useEngines } from '../taskport.ts';
import { unsigned } from '../unsigned.ts';

/** A metadata engine for the contracts. */
export interface Engine {
  readonly url: () => string;
}

/** Wraps every request to the metadata engine; `send` sends it, and settles with its `output`. */
export type Interception = <T>(operation: string, send: () => Promise<T>, input: unknown) => Promise<T>;

/** Whether an operation of an engine changes data. */
export const isWrite = (operation: string): boolean =>
  !/^((Transact)?Get|Head|List|Query|Scan)/.test(operation);

/** Every port on one new table. */
export interface Stores {
  readonly elements: ElementStore;
  readonly tags: TagStore;
  readonly compositions: CompositionStore;
  readonly locations: LocationStore;
  readonly idempotency: IdempotencyStore;
  readonly blobs: BlobStore;
  readonly table: Table;
  /** Runs the sweeper with its clock this many milliseconds ahead. */
  sweep(ahead?: number): Promise<SweepCounts>;
  /** Deletes expired rows like DynamoDB, with the clock this many milliseconds ahead. */
  expire(ahead?: number): Promise<void>;
  /** Every row of the table, in order of their keys. */
  rows(): Promise<Item[]>;
  /** Puts these rows. */
  fill(rows: readonly Item[]): Promise<void>;
  /** Other stores on the same table, with intercepted requests. */
  intercepted(intercept: Interception): Stores;
  /** Other stores on the same table, through another URL. */
  through(url: string): Stores;
}

const intercepting = (client: DynamoDBClient, intercept: Interception): DynamoDBClient => {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        intercept(commandName.replace(/Command$/, ''), () => next(args), args.input),
    { step: 'initialize' },
  );
  return client;
};

const scan = async (client: DynamoDBClient, TableName: string): Promise<Item[]> => {
  const rows: Item[] = [];
  let start: Record<string, never> | undefined;
  do {
    const command: ScanCommand = new ScanCommand({
      TableName,
      ConsistentRead: true,
      ExclusiveStartKey: start,
    });
    const { Items = [], LastEvaluatedKey } = await client.send(command);
    rows.push(...Items.map((item) => unmarshall(item)));
    start = LastEvaluatedKey as typeof start;
  } while (start);
  const place = (row: Item): string => `${row.pk} ${row.sk}`;
  return rows.sort((a, b) => (place(a) < place(b) ? -1 : 1));
};

/** The most writes of one batch. */
const BATCH = 25;

const fill = async (client: DynamoDBClient, TableName: string, rows: readonly Item[]): Promise<void> => {
  for (let at = 0; at < rows.length; at += BATCH) {
    const puts = rows.slice(at, at + BATCH).map((row) => ({ PutRequest: { Item: toAttributes(row) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
};

/** A client like the product's, for the engine at this URL, in spite of later changes of the environment. */
const connect = (url: string): DynamoDBClient => {
  useEngines(url, inject('s3Url'));
  const client = unsigned(createDynamoClient());
  const { protocol, hostname, port } = new URL(url);
  const endpoint = { protocol, hostname, port: Number(port), path: '/' };
  Object.assign(client.config, { endpoint: async () => endpoint, isCustomEndpoint: true });
  return client;
};

/** The clients of this process that nobody intercepts, by the URL of the metadata engine. A new one resolves its settings and connects again. */
const clients = new Map<string, DynamoDBClient>();
const shared = (url: string): DynamoDBClient => {
  const client = clients.get(url) ?? connect(url);
  clients.set(url, client);
  return client;
};

let bucket: BlobBucket | undefined;

const assemble = (url: string, name: string, client = shared(url)): Stores => {
  const table = new Table(client, name);
  bucket ??= new BlobBucket(createS3Client(), { bucket: TEST_BUCKET, enforces: false });
  const blobs = bucket;
  return {
    table,
    blobs,
    elements: new ElementTable(table),
    tags: new TagTable(table),
    compositions: new CompositionTable(table),
    locations: new LocationTable(table),
    idempotency: new IdempotencyTable(table),
    sweep: (ahead = 0) =>
      asFunction('sweep', () => new Sweeper(table, blobs, () => Date.now() + ahead, AUDIT_DAYS).run()),
    expire: async (ahead = 0) => expire(table, await scan(client, name), ahead),
    rows: () => scan(client, name),
    fill: (rows) => fill(client, name, rows),
    intercepted: (intercept) => assemble(url, name, intercepting(connect(url), intercept)),
    through: (anotherUrl) => assemble(anotherUrl, name),
  };
};

/** Opens every port on a new table of an engine. */
export const openStores = async (url: string, schema?: TableSchema): Promise<Stores> =>
  assemble(url, await takeTable(url, schema));

/** Opens a new table before the tests of a suite. */
export const useStores = (engine: Engine): (() => Stores) => {
  let stores: Stores | undefined;
  beforeAll(async () => {
    stores = await openStores(engine.url());
  });
  afterAll(() => {
    stores = undefined;
  });
  return () => {
    if (!stores) throw new Error('the stores are open while a test runs');
    return stores;
  };
};
