import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import { compositionKey, elementKey } from '../../../lib/adapters/dynamodb/keys.ts';
import type { Taskport } from '../../taskport.ts';

const rewrite = async (
  { table: TableName }: Taskport,
  key: object,
  field: string,
  // biome-ignore lint/suspicious/noExplicitAny: a row has any members.
  change: (kept: any) => object,
): Promise<void> => {
  const client = createDynamoClient();
  const Key = marshall(key);
  const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  const changed = JSON.stringify(change(JSON.parse(unmarshall(Item)[field])));
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET #field = :changed',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: marshall({ ':changed': changed }),
    }),
  );
};

/** Turns a log into one from when logs could name a path of the machine. */
export const makeFormerLog = (taskport: Taskport, id: string, path: string): Promise<void> =>
  rewrite(taskport, elementKey(id), 'spec', () => ({ file: { path } }));

/** Turns a composition into one from before it kept the destinations of its logs. */
export const makeFormerComposition = (taskport: Taskport, executorId: string): Promise<void> =>
  rewrite(taskport, compositionKey(executorId), 'composition', (composition) => ({
    ...composition,
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    members: composition.members.map(({ log: _, ...member }: any) => member),
  }));
