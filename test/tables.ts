/** Tables of tests. Each is deleted after its test or file: with six hundred tables, dynoxide takes twenty times as long to create one. */
import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../infra/local/client-config.ts';
import { createTable } from '../infra/local/engines/table.ts';
import { type TableSchema, tableSchema } from '../lib/adapters/dynamodb/table-schema.ts';
import { atEnd, atEndOfFile } from './endings.ts';

/**
 * The product's table without its stream, which slows down DynamoDB Local the longer it is, and dynoxide by a third of each write. A test that
 * reads the stream uses the product's schema.
 */
const SILENT: TableSchema = { ...tableSchema, streams: false };

const make = async (url: string, name: string, schema: TableSchema): Promise<string> => {
  await createTable(clientConfig(url), name, schema);
  return name;
};

const remove = async (url: string, TableName: string): Promise<void> => {
  const client = new DynamoDBClient({ ...clientConfig(url), maxAttempts: 1 });
  try {
    await client.send(new DeleteTableCommand({ TableName }));
  } catch {
    // Its engine has ended, or the test has deleted it.
  } finally {
    client.destroy();
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
