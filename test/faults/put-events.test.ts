import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test } from 'vitest';
import { startBus } from '../../infra/local/bus.ts';
import { clientConfig } from '../../infra/local/client-config.ts';
import { failing, throttled } from './errors.ts';
import { operation, startFaultProxy } from './proxy.ts';

test('the proxy makes single entries fail, and whole requests like EventBridge', async () => {
  const taken: string[] = [];
  const bus = await startBus({
    rules: [{ name: 'all', source: 'taskport', target: 'log' }],
    targets: { log: ({ detail }) => taken.push(String(detail.n)) },
  });
  const busProxy = await startFaultProxy(bus.url);
  const client = new EventBridgeClient({ ...clientConfig(busProxy.url), maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await busProxy.stop();
    await bus.stop();
  });
  const send = (...numbers: number[]) =>
    client.send(
      new PutEventsCommand({
        Entries: numbers.map((n) => ({
          EventBusName: 'taskport',
          Source: 'taskport',
          DetailType: 'Image Created',
          Detail: JSON.stringify({ n }),
        })),
      }),
    );
  busProxy.strike({ kind: 'partial', fails: (at) => at !== 1 }, operation('PutEvents'));
  const { FailedEntryCount, Entries = [] } = await send(1, 2, 3);
  expect([FailedEntryCount, ...Entries.map(({ ErrorCode }) => ErrorCode)]).toEqual([
    2,
    'InternalFailure',
    undefined,
    'InternalFailure',
  ]);
  expect(Entries[1]?.EventId).toEqual(expect.any(String));
  busProxy.strike({ kind: 'partial', fails: () => true }, operation('PutEvents'));
  expect((await send(4, 5)).FailedEntryCount).toBe(2);
  const put = { method: 'POST', path: '/', operation: 'PutEvents', body: {} };
  busProxy.strike({ kind: 'answer', error: failing(put) }, operation('PutEvents'));
  await expect(send(6)).rejects.toMatchObject({
    name: 'InternalException',
    $metadata: { httpStatusCode: 500 },
  });
  busProxy.strike({ kind: 'answer', error: throttled(put) }, operation('PutEvents'));
  await expect(send(7)).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(taken).toEqual(['2']);
});
