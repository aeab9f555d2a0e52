import { join, resolve } from 'node:path';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { logTableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { FunctionWiring } from '../function-wiring.ts';
import { ADMINISTRATORS, environmentNames, functions, rules } from '../wiring.ts';
import { type BridgeEvent, startBus } from './bus.ts';
import { LocalChangeCount } from './change-count.ts';
import { clientConfig, localEnvironment } from './client-config.ts';
import type { Engines } from './engines/engines.ts';
import { createTable } from './engines/table.ts';
import { asFunction } from './function-calls.ts';
import { BUCKET, type Host, type HostOptions } from './host.ts';
import { KeptMap } from './kept-map.ts';
import { LocalRelay } from './relay/relay.ts';
import { type Fetch, routed } from './routed.ts';
import { startScheduler } from './scheduler.ts';
import { startSecrets } from './secrets.ts';
import { startStream, type TableStream } from './stream.ts';
import { consumeEvents, type Handler, keepSchedule, type Running, serveHttp } from './triggers.ts';

const TABLE = 'taskport';
const BUS = 'taskport';
const LOG_TABLE = 'taskport-log';
/** The user of the machine, who is the administrator. */
const LOCAL_PRINCIPAL = 'local';
/** The retention that this host states; it deletes nothing. */
const AUDIT_DAYS = '400';

const fromRoot = (path: string): string => resolve(import.meta.dirname, '../..', path);

/** The rules of the bus for a function. */
const rulesOf = ({ name, trigger }: FunctionWiring) =>
  trigger.kind === 'event' ? trigger.events.map((events) => ({ name, ...events, target: name })) : [];

/**
 * Readers of events start before writers, so that no event is lost: consumers, then the stream, then functions that make changes. They stop in
 * reverse order.
 */
const startOrder = ['event', 'stream', 'schedule'];
const byStart = (a: FunctionWiring, b: FunctionWiring): number =>
  startOrder.indexOf(a.trigger.kind) - startOrder.indexOf(b.trigger.kind);

/** Runs every function of the wiring on embedded engines. It loads the modules that Lambda loads, and calls them with the same input. */
export const startService = async (
  engines: Engines,
  { directory, port, onEvent }: HostOptions,
): Promise<Host> => {
  const running: Running[] = [engines];
  const stop = async (): Promise<void> => {
    for (const part of running.toReversed()) await part.stop();
  };
  try {
    const consumers = new Map<string, (event: BridgeEvent) => void>();
    const deliverTo = (name: string) => (event: BridgeEvent) => {
      const consume = consumers.get(name);
      if (!consume) throw new Error(`${name} consumes no events`);
      consume(event);
    };
    const bus = await startBus({
      rules: [...rules, ...functions.flatMap(rulesOf)],
      targets: {
        log: onEvent,
        ...Object.fromEntries(functions.map(({ name }) => [name, deliverTo(name)])),
      },
    });
    running.push(bus);
    const scheduler = await startScheduler(defined({ deliver: bus.put, directory }));
    running.push(scheduler);
    const secrets = await startSecrets();
    running.push(secrets);
    Object.assign(process.env, localEnvironment, {
      AWS_ENDPOINT_URL_DYNAMODB: engines.dynamodbUrl,
      AWS_ENDPOINT_URL_S3: engines.s3Url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
      AWS_ENDPOINT_URL_SCHEDULER: scheduler.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      TASKPORT_LOCAL_PRINCIPAL: LOCAL_PRINCIPAL,
      [ADMINISTRATORS]: JSON.stringify([LOCAL_PRINCIPAL]),
      [environmentNames.table]: TABLE,
      [environmentNames.handles]: TABLE,
      [environmentNames.bucket]: BUCKET,
      [environmentNames.dataOrigin]: engines.s3Url,
      [environmentNames.bus]: BUS,
      [environmentNames.busArn]: `arn:aws:events:local:0:event-bus/${BUS}`,
      [environmentNames.alarmGroup]: 'taskport',
      [environmentNames.alarmRole]: 'arn:aws:iam::0:role/taskport',
      [environmentNames.registrySecret]: 'taskport-registry',
      [environmentNames.log]: LOG_TABLE,
      [environmentNames.auditDays]: process.env[environmentNames.auditDays] ?? AUDIT_DAYS,
      [environmentNames.store]: process.env[environmentNames.store] ?? 'trusting',
      TASKPORT_CONSOLE: process.env.TASKPORT_CONSOLE ?? fromRoot('dist/functions/console/console'),
    });
    const called = functions.filter(({ trigger }) => trigger.kind !== 'manual');
    // A pattern in the path lets a bundler include every function, and load each on demand.
    const load = (name: string) => import(`../../functions/${name}/index.ts`);
    const config = clientConfig(engines.dynamodbUrl);
    await Promise.all([
      createTable(config, TABLE),
      createTable(config, LOG_TABLE, logTableSchema),
      ...called.map(({ name }) => load(name)),
    ]);
    const streams: TableStream[] = [];
    const changes = new LocalChangeCount();
    const wakeStreams = (): void => {
      for (const stream of streams) stream.wake();
      changes.ring();
    };
    const start = async ({ name, trigger }: FunctionWiring): Promise<Running> => {
      const module = await load(name);
      if (trigger.kind === 'manual' || trigger.kind === 'http') throw new Error(`${name} waits to be called`);
      const handler: Handler = (event) => asFunction(name, () => module.handler(event));
      // A function that is called otherwise than by the stream may have changed rows.
      const changing: Handler = (event) => handler(event).finally(wakeStreams);
      if (trigger.kind === 'schedule') return keepSchedule(changing, trigger.everyMinutes);
      if (trigger.kind === 'event') {
        // If the host is killed with events in progress, its next start delivers them again.
        const pending = new KeptMap<BridgeEvent>(directory && join(directory, `pending-${name}.json`));
        const consumer = consumeEvents(changing, trigger.retryAttempts, pending);
        consumers.set(name, consumer.consume);
        return consumer;
      }
      const stream = startStream({
        name,
        config,
        tableName: TABLE,
        batchSize: trigger.batchSize,
        retryAttempts: trigger.retryAttempts,
        maxRecordAgeSeconds: trigger.maxRecordAgeSeconds,
        // It may have logged events, for which others wait.
        handler: ((event) => handler(event).finally(() => changes.ring())) as (
          event: DynamoDBStreamEvent,
        ) => Promise<DynamoDBBatchResponse>,
        ...defined({ directory }),
      });
      streams.push(stream);
      return stream;
    };
    const automatic = functions.filter(({ trigger }) => startOrder.includes(trigger.kind));
    for (const wiring of automatic.toSorted(byStart)) running.push(await start(wiring));
    // As behind API Gateway, all HTTP functions share one address.
    const served: { readonly path: string; readonly fetch: Fetch }[] = [];
    for (const { name, trigger } of functions) {
      if (trigger.kind !== 'http') continue;
      const { app } = await load(name);
      const fetch: Fetch = (...request) => asFunction(name, () => app.fetch(...request));
      const paths = [...trigger.paths, ...(trigger.ownSignIn?.paths ?? [])];
      served.push(...paths.map((path) => ({ path, fetch })));
    }
    const relay = new LocalRelay();
    const answer = routed(served);
    const front = await serveHttp(
      (request, bindings) => answer(request, { ...bindings, changes, relay }),
      port,
      wakeStreams,
      (request, socket, head) => relay.upgrade(request, socket, head, LOCAL_PRINCIPAL),
    );
    running.push(front, { stop: async () => relay.stop() });
    engines.admit(front.url);
    scheduler.begin();
    return { url: front.url, failed: engines.exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
