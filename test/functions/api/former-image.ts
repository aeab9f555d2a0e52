import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../../lib/adapters/dynamodb/engine/table.ts';
import { digestKey, elementKey } from '../../../lib/adapters/dynamodb/keys.ts';
import { contentsOf } from '../../../lib/element/content.ts';
import { verifyUpload } from '../../../lib/element/upload/verify-upload.ts';
import type { Taskport } from '../../taskport.ts';

/** Makes the row of an image from before digests were recorded. */
export const makeFormerImage = async (
  { dependencies, table }: Pick<Taskport, 'dependencies' | 'table'>,
  id: string,
): Promise<void> => {
  const client = createDynamoClient();
  const record = await dependencies.elements.get(id);
  const rows = new Table(client, table);
  await Promise.all(
    (record ? contentsOf(record) : []).map(({ digest }) => rows.remove(digestKey(id, digest))),
  );
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: marshall(elementKey(id)),
      UpdateExpression: 'REMOVE layer, below, made, #attributes.digest',
      ExpressionAttributeNames: { '#attributes': 'attributes' },
    }),
  );
};

/** Makes the reading of an image's data one that was lost: its time is over. */
export const endReading = async ({ table }: Pick<Taskport, 'table'>, id: string): Promise<void> => {
  await createDynamoClient().send(
    new UpdateItemCommand({
      TableName: table,
      Key: marshall(elementKey(id)),
      UpdateExpression: 'SET #reading.#until = :past',
      ExpressionAttributeNames: { '#reading': 'reading', '#until': 'until' },
      ExpressionAttributeValues: marshall({ ':past': new Date(0).toISOString() }),
    }),
  );
};

/** Reads an image on request, like the function that gets the event. Answers whether there was anything to read. */
export const readAsked = async (
  { dependencies }: Pick<Taskport, 'dependencies'>,
  id: string,
): Promise<boolean> => {
  const attempt = (await dependencies.elements.get(id))?.reading?.attempt;
  if (attempt === undefined) return false;
  await verifyUpload(dependencies, id, attempt);
  return true;
};
