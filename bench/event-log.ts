import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BatchGetItemCommandInput,
  DynamoDBClient,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../infra/local/client-config.ts';
import { createTable } from '../infra/local/engines/table.ts';
import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../lib/adapters/dynamodb/event-log-table.ts';
import { logTableSchema } from '../lib/adapters/dynamodb/table-schema.ts';
import { DEFAULT_LOG_SHARDS, type Entering } from '../lib/event/event-log.ts';
import { LOG_GAIN_BARS, logBars } from './bars.ts';
import { atLeast, exactly, type Figure } from './figures.ts';
import { Meter, type Usage } from './meter.ts';
import { withService } from './service.ts';

const AUDIT_DAYS = 400;
const AT = '2026-01-01T00:00:00.000Z';
const [LOCATION, EXECUTOR] = ['library', 'executor://farm/one'];

let made = 0;
/** An event of its own element, of the usual size. */
const event = (isOfComposition = false): Entering => {
  made += 1;
  const id = `image://${LOCATION}/some-image-${made}`;
  const eventId = `c4ca4238a0b923820dcc509a6f75849b-${made}`;
  const of = { eventId, schemaVersion: 1 as const, id, kind: 'image' as const, location: LOCATION, at: AT };
  const detail = { ...of, actor: 'arn:aws:iam::123456789012:role/Builder' };
  return {
    sequence: String(made),
    order: 0,
    event: isOfComposition
      ? {
          detailType: 'Image Bound',
          detail: { ...detail, composition: { executorId: EXECUTOR, createdAt: AT, revision: made } },
        }
      : {
          detailType: 'Image Modified',
          detail: { ...detail, createdAt: AT, revision: 2, changed: ['rw.tag'] },
        },
  };
};
/** The events of an image and an inline task in one change of a composition. */
const ofBoth = (...verbs: string[]): Entering[] => {
  const { sequence, event: of } = event(true);
  const composition = { executorId: EXECUTOR, createdAt: AT, revision: made };
  const task = { id: `${EXECUTOR}/tasks/main`, kind: 'task', location: 'farm' };
  return verbs.flatMap((verb) =>
    [{}, task].map((member) => {
      const detail = { ...of.detail, ...member, composition };
      const eventId = `${detail.eventId}.${verb}.${detail.id}`;
      const type = 'kind' in member ? 'Task' : 'Image';
      return {
        sequence,
        order: 0,
        event: { detailType: `${type} ${verb}`, detail: { ...detail, eventId } },
      } as Entering;
    }),
  );
};
/** The same, and the creation of the executor. */
const ofRun = (): Entering[] => {
  const { sequence, event: of } = event();
  const detail = { ...of.detail, id: EXECUTOR, kind: 'executor', location: 'farm', revision: 1 };
  return [
    { sequence, order: 0, event: { detailType: 'Executor Created', detail } } as Entering,
    ...ofBoth('Joined', 'Bound'),
  ];
};
const events = (count: number): Entering[] => Array.from({ length: count }, () => event());

const openLog = async (client: DynamoDBClient, name: string, shards: number): Promise<EventLogTable> => {
  await createTable(clientConfig(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''), name, logTableSchema);
  return new EventLogTable(new Table(client, name), shards);
};

interface Units {
  readonly readUnits: number;
  readonly writeUnits: number;
}

/**
 * Counts units as DynamoDB documents them. A read takes one unit for each 4 KB of a row, half if it need not be consistent, also if the row does
 * not exist; a transaction takes two write units for each KB. Embedded engines count missing rows as nothing.
 */
const charge = (client: DynamoDBClient): (() => Units) => {
  let units: Units = { readUnits: 0, writeUnits: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const { RequestItems, TransactItems } = args.input as Partial<
        BatchGetItemCommandInput & TransactWriteItemsCommandInput
      >;
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: { CapacityUnits?: number } };
      const read = RequestItems
        ? Object.values(RequestItems).reduce(
            (sum, { Keys = [], ConsistentRead }) => sum + Keys.length * (ConsistentRead ? 1 : 0.5),
            0,
          )
        : (ConsumedCapacity?.CapacityUnits ?? 0);
      const kilobytes = (TransactItems ?? []).map(({ Put }) =>
        Math.ceil(JSON.stringify(Put?.Item).length / 1024),
      );
      units = {
        readUnits: units.readUnits + (TransactItems ? 0 : read),
        writeUnits: units.writeUnits + 2 * kilobytes.reduce((sum, each) => sum + each, 0),
      };
      return result;
    },
    { step: 'initialize', name: 'chargeCalls' },
  );
  return () => units;
};

const since = (before: Units, after: Units): Units => ({
  readUnits: after.readUnits - before.readUnits,
  writeUnits: after.writeUnits - before.writeUnits,
});

const format = ({ calls, readUnits, writeUnits }: Omit<Usage, 'roundTrips'>): string =>
  `${calls} calls, ${readUnits} RCU, ${writeUnits} WCU`;

/** Calls and capacity of a log with the default number of shards. */
const measureUsage = (): Promise<Figure[]> =>
  withService('dynamodb-local', async ({ dynamodb }) => {
    const meter = new Meter();
    meter.watch(dynamodb);
    const units = charge(dynamodb);
    const log = await openLog(dynamodb, 'bench-log', DEFAULT_LOG_SHARDS);
    await log.append(events(200), AUDIT_DAYS);
    let place = await log.end(undefined);
    const nowhere = await log.end('nowhere');
    const operations: Record<keyof typeof logBars, () => Promise<unknown>> = {
      'an event of an element': () => log.append([event()], AUDIT_DAYS),
      'an event of a composition': () => log.append([event(true)], AUDIT_DAYS),
      'two events of a composition': () => log.append(ofBoth('Bound'), AUDIT_DAYS),
      'the events of a run that is composed': () => log.append(ofRun(), AUDIT_DAYS),
      'a hundred events': () => log.append(events(100), AUDIT_DAYS),
      'page of a hundred of them': () => log.after(place, 102, undefined),
      'page where nothing is new': () => log.after(place, 100, undefined),
      'page of one that is new': () => log.after(place, 100, undefined),
      'page of a location where nothing is new': () => log.after(nowhere, 100, 'nowhere'),
    };
    const figures: Figure[] = [];
    for (const [name, operation] of Object.entries(operations)) {
      if (name === 'page where nothing is new') place = await log.end(undefined);
      if (name === 'page of one that is new') await log.append([event()], AUDIT_DAYS);
      const before = units();
      const { calls } = await meter.measure(operation);
      const usage = { calls, ...since(before, units()) };
      figures.push(exactly(`storage: ${name}`, format(usage), format(logBars[name as keyof typeof logBars])));
    }
    return figures;
  });

/** Concurrent readers of the stream, events in a batch, and batches of each reader. */
const [READERS, BATCH, BATCHES] = [4, 500, 2];
/** The time of a request on AWS. It is longer than on an embedded engine, which handles one request at a time. */
const REQUEST_MS = 20;
const ALL = READERS * BATCHES * BATCH;

interface Run {
  /** Events a second. */
  readonly rate: number;
  /** The writes to the head with the most writes: such transactions run one after another. */
  readonly turns: number;
}

const logAll = async (shards: number): Promise<Run> => {
  const client = createDynamoClient();
  const turns = new Map<string, number>();
  client.middlewareStack.add((next) => async (args) => {
    await sleep(REQUEST_MS);
    const answer = await next(args);
    const { TransactItems = [] } = args.input as TransactWriteItemsCommandInput;
    for (const { Put } of TransactItems) {
      const name = Put?.Item?.sk?.S === 'head' ? (Put.Item.pk?.S ?? '') : undefined;
      if (name !== undefined) turns.set(name, (turns.get(name) ?? 0) + 1);
    }
    return answer;
  });
  const log = await openLog(client, `log-of-${shards}`, shards);
  await log.append(events(1), AUDIT_DAYS);
  turns.clear();
  const from = performance.now();
  const read = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES; batch += 1) await log.append(events(BATCH), AUDIT_DAYS);
  };
  await Promise.all(Array.from({ length: READERS }, read));
  const rate = (ALL * 1_000) / (performance.now() - from);
  client.destroy();
  return { rate, turns: Math.max(...turns.values()) };
};

/**
 * Events that are logged per write to a head, in more shards over one. Transactions that write one head run one after another, which limits a
 * log. Events a second are information only, because the embedded engine handles one request at a time.
 */
const measureGain = (): Promise<Figure[]> =>
  withService('dynoxide', async () => {
    const counts = [1, 4, 16] as const;
    const runs: Record<number, Run> = {};
    for (const shards of counts) runs[shards] = await logAll(shards);
    const of = (shards: number, what: keyof Run): number => runs[shards]?.[what] ?? Number.NaN;
    console.error(
      counts
        .map(
          (shards) =>
            `${shards} shards: ${Math.round(of(shards, 'rate'))} events a second, ${of(shards, 'turns')} turns of the busiest head`,
        )
        .join('; '),
    );
    return ([4, 16] as const).map((shards) =>
      atLeast(
        `events logged in a turn of the busiest head, in ${shards} shards over one`,
        of(1, 'turns') / of(shards, 'turns'),
        LOG_GAIN_BARS[shards],
      ),
    );
  });

/** The event log: its cost, and its speed in several shards. */
export const measureEventLog = async (): Promise<Figure[]> => [
  ...(await measureUsage()),
  ...(await measureGain()),
];
