/** Tables of tests. Each is deleted after its test or file: with six hundred tables, dynoxide takes twenty times as long to create one. */
import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../infra/local/client-config.ts';
import { createTableBy } from '../infra/local/engines/table.ts';
import { type TableSchema, tableSchema } from '../lib/adapters/dynamodb/table-schema.ts';
import { atEnd, atEndOfFile } from './endings.ts';
import { unsigned } from './unsigned.ts';

/**
 * The product's table without its stream, which slows down DynamoDB Local the longer it is, and dynoxide by a third of each write. A test that
 * reads the stream uses the product's schema.
 */
const SILENT: TableSchema = { ...tableSchema, streams: false };

/** The same for locations that index at most one key of metadata: an engine needs three times as long to create a table with ten more indexes. */
export const LEAN: TableSchema = {
  ...SILENT,
  indexes: SILENT.indexes.filter(({ name }) => !/^indexed-[1-9]/.test(name)),
};

/** One client for each engine: a new one resolves its settings and connects again. */
const clients = new Map<string, DynamoDBClient>();
const clientOf = (url: string): DynamoDBClient => {
  const client = clients.get(url) ?? unsigned(new DynamoDBClient(clientConfig(url)));
  clients.set(url, client);
  return client;
};

const make = async (url: string, name: string, schema: TableSchema): Promise<string> => {
  await createTableBy(clientOf(url), name, schema);
  return name;
};

const remove = async (url: string, TableName: string): Promise<void> => {
  try {
    await clientOf(url).send(new DeleteTableCommand({ TableName }));
  } catch {
    // Its engine has ended, or the test has deleted it.
  }
};

/** Makes a table of this name. */
export const openTable = async (url: string, name: string, schema = SILENT): Promise<void> => {
  await make(url, name, schema);
  atEnd(() => remove(url, name));
};

/** Tables made in advance, by schema and engine: one is made during the test before, because that takes a while. */
const stock = new Map<TableSchema, Map<string, Promise<string>>>();

const emptyStock = async (): Promise<void> => {
  const left = [...stock.values()].flatMap((tables) => [...tables]);
  stock.clear();
  await Promise.allSettled(left.map(async ([url, table]) => remove(url, await table)));
};

/** Like `openTable`, with a random name and from the stock, for files that open many. */
export const takeTable = async (url: string, schema = SILENT): Promise<string> => {
  const tables = stock.get(schema) ?? new Map<string, Promise<string>>();
  stock.set(schema, tables);
  const next = () => make(url, `test-${randomUUID()}`, schema);
  const taken = tables.get(url) ?? next();
  const stocked = next();
  tables.set(url, stocked);
  // The test that takes it gets the error.
  stocked.catch(() => {});
  atEndOfFile(emptyStock);
  const name = await taken;
  atEnd(() => remove(url, name));
  return name;
};
