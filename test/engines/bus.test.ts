import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type BridgeEvent, startBus } from '../../infra/local/bus.ts';
import { clientConfig } from '../../infra/local/client-config.ts';
import { BridgeBus } from '../../lib/adapters/eventbridge/bridge-bus.ts';
import { MAX_PUT_BYTES } from '../../lib/adapters/eventbridge/put-size.ts';
import { sessionRequest } from '../../lib/composition/session/session-schema.ts';
import { eventsOf } from '../../lib/event/catalogue.ts';
import type { BusMessage } from '../../lib/event/event-bus.ts';
import { validate } from '../../lib/validation.ts';

const RULES = [{ name: 'all', source: 'taskport', target: 'log' }];

async function busWithClient() {
  const events: BridgeEvent[] = [];
  const bus = await startBus({ rules: RULES, targets: { log: (event) => events.push(event) } });
  const client = new EventBridgeClient({ ...clientConfig(bus.url), maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await bus.stop();
  });
  const put = (...entries: PutEventsRequestEntry[]) =>
    client.send(new PutEventsCommand({ Entries: entries }));
  return { events, put, bridge: new BridgeBus(client, 'taskport') };
}

function entry(detail: string, more: PutEventsRequestEntry = {}): PutEventsRequestEntry {
  return {
    EventBusName: 'taskport',
    Source: 'taskport',
    DetailType: 'Image Created',
    Detail: detail,
    ...more,
  };
}

test('an event of the SDK reaches the rule’s target in EventBridge’s envelope', async () => {
  const { events, put } = await busWithClient();
  const Time = new Date('2026-02-03T04:05:06.789Z');
  const { FailedEntryCount, Entries } = await put(entry('{"n":1}', { Time, Resources: ['image://a/b'] }));
  expect(FailedEntryCount).toBe(0);
  expect(events).toEqual([
    {
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'Image Created',
      source: 'taskport',
      account: '000000000000',
      time: '2026-02-03T04:05:06Z',
      region: 'eu-west-1',
      resources: ['image://a/b'],
      detail: { n: 1 },
    },
  ]);
});

test('a bad entry fails alone, and the answers are in the order of the entries', async () => {
  const { events, put } = await busWithClient();
  const { DetailType: _, ...untyped } = entry('{}');
  const { FailedEntryCount, Entries } = await put(
    entry('{"n":1}'),
    entry('{broken'),
    untyped,
    entry('[1]'),
    entry('{"n":2}'),
  );
  expect(FailedEntryCount).toBe(3);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'MalformedDetail',
    'InvalidArgument',
    'MalformedDetail',
    undefined,
  ]);
  expect(events.map(({ detail }) => detail.n)).toEqual([1, 2]);
});

test('events of another source, or for another bus, are accepted and not delivered', async () => {
  const { events, put } = await busWithClient();
  const bus = 'arn:aws:events:eu-west-1:000000000000:event-bus/taskport';
  const { FailedEntryCount } = await put(
    entry('{}', { Source: 'other' }),
    entry('{}', { EventBusName: 'other' }),
    entry('{}', { EventBusName: undefined }),
    entry('{"n":1}', { EventBusName: bus }),
  );
  expect(FailedEntryCount).toBe(0);
  expect(events.map(({ detail }) => detail.n)).toEqual([1]);
});

test('a request without entries, with more than ten, or above 256 KB is refused as a whole', async () => {
  const { events, put } = await busWithClient();
  const refusal = { name: 'ValidationException' };
  await expect(put()).rejects.toMatchObject(refusal);
  await expect(put(...Array.from({ length: 11 }, () => entry('{}')))).rejects.toMatchObject(refusal);
  const large = entry(JSON.stringify({ text: 'x'.repeat(130_000) }));
  await expect(put(large, large, large)).rejects.toMatchObject(refusal);
  expect((await put(large, large)).FailedEntryCount).toBe(0);
  expect(events).toHaveLength(2);
});

/** The event of a session. */
function began(name: string, args: readonly string[], principal = 'local'): BusMessage {
  const taskId = `task://jobs/${name}`;
  const at = '2026-02-03T04:05:06.000Z';
  const { kind } = validate(sessionRequest, { id: taskId, kind: 'exec', args });
  const session = {
    ...{ session: name, executorId: 'executor://boxes/one', taskId, attempt: 1, kind, args },
    ...{ terminal: false, stdin: false, beganAt: at, principal },
    composition: { createdAt: at, revision: 1 },
  };
  const [event] = eventsOf({ id: name, after: { row: 'session', session } });
  return event as BusMessage;
}

/** The longest command that a caller can send: JSON writes each of its characters with six. */
const LONGEST = ['\u0001'.repeat(15 * 1024 + 1), ...Array<string>(1023).fill('\u0001')];

test('the publisher puts events that are too large together for one request in several', async () => {
  const { events, bridge } = await busWithClient();
  const all = ['a', 'b', 'c', 'd'].map((name) => began(name, LONGEST, 'p'.repeat(2048)));
  expect(await bridge.put(all)).toEqual([true, true, true, true]);
  expect(events.map(({ detail }) => detail.id).sort()).toEqual(all.map(({ detail }) => detail.id));
});

test('an event that is too large for any request fails alone', async () => {
  const { events, bridge } = await busWithClient();
  const huge = began('b', ['true'], 'p'.repeat(MAX_PUT_BYTES));
  const others = [began('a', ['true']), began('c', ['true'])] as const;
  expect(await bridge.put([others[0], huge, others[1]])).toEqual([true, false, true]);
  expect(events.map(({ detail }) => detail.id).sort()).toEqual(others.map(({ detail }) => detail.id));
  await expect(bridge.put([huge])).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a target that throws affects neither the others nor the publisher', async () => {
  vi.spyOn(console, 'error').mockReturnValueOnce();
  const seen = vi.fn();
  const bus = await startBus({
    rules: [...RULES, { name: 'more', source: 'taskport', target: 'second' }],
    targets: {
      log: () => {
        throw new Error('full');
      },
      second: seen,
    },
  });
  const client = new EventBridgeClient(clientConfig(bus.url));
  onTestFinished(async () => {
    client.destroy();
    await bus.stop();
  });
  const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [entry('{}')] }));
  expect(FailedEntryCount).toBe(0);
  expect(seen).toHaveBeenCalledOnce();
});

test('a rule without its target is an error at the start', async () => {
  await expect(startBus({ rules: RULES, targets: {} })).rejects.toThrow('rule all names the target log');
});
