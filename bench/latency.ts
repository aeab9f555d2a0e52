import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { createHandler } from '../functions/publish/handler.ts';
import { startBus } from '../infra/local/bus.ts';
import { clientConfig } from '../infra/local/client-config.ts';
import { startStream } from '../infra/local/stream.ts';
import { eventBusName, rules } from '../infra/wiring.ts';
import { BridgeBus, createEventBridgeClient } from '../lib/adapters/eventbridge/bridge-bus.ts';
import { consume } from '../lib/event/consumer.ts';
import { LATENCY_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { type Service, withService } from './service.ts';

const CHANGES = 500;
/** Changes that do not count: they warm the code. */
const WARM_UP = 50;
/** The longest pause between two changes. It is no multiple of the poll interval, so changes spread over the interval. */
const PAUSE_MS = 90;
/** The pause of the local host after an empty poll, and therefore of the bare poll. */
const IDLE_MS = 150;

/** The time at which each revision was seen, by its number. */
type Heard = Map<number, number>;

const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;

/** Polls the stream with the least possible work. */
const pollBarely = async ({ table, dynamodb }: Service, url: string, heard: Heard, ended: AbortSignal) => {
  const streams = new DynamoDBStreamsClient(clientConfig(url));
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.at(-1)?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'LATEST' }),
  );
  let iterator = ShardIterator;
  while (!ended.aborted) {
    const { Records = [], NextShardIterator } = await streams.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: 100 }),
    );
    for (const { dynamodb: change } of Records) {
      heard.set(Number(change?.NewImage?.attributes?.M?.revision?.N), performance.now());
    }
    iterator = NextShardIterator;
    if (Records.length === 0) await sleep(IDLE_MS);
  }
  streams.destroy();
};

/** The stream, the publisher, the bus and a consumer, as the local host runs them. */
const startConsumer = async ({ table }: Service, url: string, heard: Heard) => {
  const consumer = consume((_, { revision }) => void heard.set(revision, performance.now()));
  const bus = await startBus({ rules: [...rules], targets: { log: (event) => void consumer(event) } });
  process.env.AWS_ENDPOINT_URL_EVENTBRIDGE = bus.url;
  const client = createEventBridgeClient();
  const stream = startStream({
    config: clientConfig(url),
    tableName: table,
    name: 'publish',
    batchSize: 100,
    handler: createHandler(new BridgeBus(client, eventBusName)),
  });
  return async (): Promise<void> => {
    await stream.stop();
    client.destroy();
    await bus.stop();
  };
};

/** Changes one element. Answers the time of the answer for each revision. */
const change = async ({ call }: Service, heard: readonly Heard[]): Promise<Heard> => {
  const answered: Heard = new Map();
  for (let revision = 2; revision < CHANGES + WARM_UP + 2; revision += 1) {
    const body = { metadata: { rw: { count: String(revision) } } };
    await call('PATCH', '/v1/elements/log/logs/changing', { body });
    answered.set(revision, performance.now());
    await sleep(Math.random() * PAUSE_MS);
  }
  while (heard.some((each) => !each.has(CHANGES + WARM_UP + 1))) await sleep(IDLE_MS);
  return answered;
};

/**
 * Time from the answer to a change until its consumer gets the event, over the time until a bare poll of the stream sees the change, in one run.
 * The difference is the publisher, the bus and the kit for consumers.
 */
export const measureLatency = (): Promise<Figure[]> =>
  withService('dynoxide', async (service) => {
    const url = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
    await service.call('POST', '/v1/locations', { body: { name: 'logs', kind: 'log' } });
    await service.call('POST', '/v1/elements', { body: { id: 'log://logs/changing' } });
    const [bare, consumed]: [Heard, Heard] = [new Map(), new Map()];
    const ended = new AbortController();
    const polling = pollBarely(service, url, bare, ended.signal);
    const stop = await startConsumer(service, url, consumed);
    const answered = await change(service, [bare, consumed]);
    ended.abort();
    await polling;
    await stop();
    const measured = [...answered.keys()].filter((revision) => revision > WARM_UP + 1);
    const after = (heard: Heard) =>
      measured.map((revision) => (heard.get(revision) ?? Number.NaN) - (answered.get(revision) ?? 0));
    const [slow, quick] = [after(consumed), after(bare)];
    return [
      atMost(
        'time from an answer to its consumer over a bare poll, median',
        median(slow) / median(quick),
        LATENCY_BARS.median,
      ),
      atMost(
        'time from an answer to its consumer over a bare poll, 99th percentile',
        quantile(slow, 0.99) / quantile(quick, 0.99),
        LATENCY_BARS.percentile99,
      ),
    ];
  });
