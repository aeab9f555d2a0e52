import {
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { type TableSchema, tableSchema } from '../../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../../lib/defined.ts';

/** Creates a table by a new client. */
export async function createTable(
  config: DynamoDBClientConfig,
  tableName: string,
  schema = tableSchema,
): Promise<void> {
  const client = new DynamoDBClient(config);
  try {
    await createTableBy(client, tableName, schema);
  } finally {
    client.destroy();
  }
}

/** Creates a table with its indexes and its stream if it is missing, and waits until it is active. */
export async function createTableBy(
  client: DynamoDBClient,
  tableName: string,
  schema: TableSchema,
): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keyAttributes(schema).map((name) => ({
          AttributeName: name,
          AttributeType: 'S',
        })),
        KeySchema: keys(schema.partitionKey, schema.sortKey),
        ...defined({
          GlobalSecondaryIndexes: schema.indexes.length > 0 ? indexes(schema) : undefined,
          StreamSpecification: schema.streams
            ? { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const }
            : undefined,
        }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 300 }, { TableName: tableName });
  await expireItems(client, tableName, schema);
}

function keys(partitionKey: string, sortKey: string): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}

function keyAttributes(schema: TableSchema): string[] {
  const all = [schema, ...schema.indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
  return [...new Set<string>(all)];
}

function indexes(schema: TableSchema): GlobalSecondaryIndex[] {
  return schema.indexes.map(({ name, partitionKey, sortKey, include }) => ({
    IndexName: name,
    KeySchema: keys(partitionKey, sortKey),
    Projection:
      include.length > 0
        ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...include] }
        : { ProjectionType: 'KEYS_ONLY' },
  }));
}

/** Expiry is not essential: an engine that lacks it works all the same. */
async function expireItems(client: DynamoDBClient, tableName: string, schema: TableSchema): Promise<void> {
  const specification = { AttributeName: schema.timeToLive, Enabled: true };
  try {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification: specification }),
    );
  } catch (error) {
    const harmless = ['ValidationException', 'UnknownOperationException'];
    if (!(error instanceof Error && harmless.includes(error.name))) throw error;
  }
}
