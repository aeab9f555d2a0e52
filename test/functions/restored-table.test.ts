import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createApp } from '../../functions/api/app.ts';
import { createDependencies } from '../../functions/dependencies.ts';
import { clientConfig } from '../../infra/local/client-config.ts';
import { openStage, type Stage } from '../composing.ts';
import { openTable } from '../tables.ts';
import { logTableOf } from '../taskport.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

it('handles are valid on a restored table, if their state was restored', async () => {
  const { table } = stage;
  const composer = await stage.compose();
  const [known, later] = await stage.makeAll('task', 'task');
  await composer.join(known);
  const { handle } = composer;

  const restored = `${table}-restored`;
  const client = new DynamoDBClient(clientConfig(inject('dynamodbUrl')));
  await openTable(inject('dynamodbUrl'), restored);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  for (let at = 0; at < Items.length; at += 25) {
    const requests = Items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [restored]: requests } }));
  }
  client.destroy();

  await composer.join(later);
  const app = createApp(
    createDependencies({
      table: restored,
      handles: table,
      log: logTableOf(table),
      bucket: 'none',
      store: 'trusting',
    }),
    { localPrincipal: 'local', log: () => {} },
  );
  const read = async (text: string) => {
    const response = await app.request(`/v1/compositions/${text}`);
    return (await response.json()) as unknown;
  };
  expect(await read(handle)).toMatchObject({ handle, composition: { members: [{ id: known }] } });
  expect(await read(composer.handle)).toMatchObject({ code: 'stale-handle' });
});
