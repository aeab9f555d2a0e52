import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import { locationKey } from '../../../lib/adapters/dynamodb/keys.ts';
import type { Taskport } from '../../taskport.ts';
import { makeLocations } from './support.ts';

/** Makes locations with rows from before locations had an owner, and those of executors `allow`. */
export const makeFormerLocations = async (
  taskport: Pick<Taskport, 'call' | 'table'>,
  ...locations: { name: string; kind: string; [field: string]: unknown }[]
): Promise<void> => {
  await makeLocations(
    taskport,
    ...locations.map(
      ({ createdBy: _, ...location }) => location as typeof location & { name: string; kind: string },
    ),
  );
  const client = createDynamoClient();
  for (const { name, createdBy = 'local' } of locations) {
    await client.send(
      new UpdateItemCommand({
        TableName: taskport.table,
        Key: marshall(locationKey(name)),
        UpdateExpression: 'SET #attributes.#by = :by REMOVE #attributes.#owner, #attributes.#allow',
        ExpressionAttributeNames: {
          '#attributes': 'attributes',
          '#owner': 'owner',
          '#allow': 'allow',
          '#by': 'createdBy',
        },
        ExpressionAttributeValues: marshall({ ':by': createdBy }),
      }),
    );
  }
};
