import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from '@hono/node-server';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { environmentNames, type FunctionWiring, functions, rules } from '../wiring.ts';
import { type BridgeEvent, startBus } from './bus.ts';
import { clientConfig, localEnvironment } from './client-config.ts';
import { type MetadataEngineName, startEngines } from './engines/engines.ts';
import { createTable } from './engines/table.ts';
import { startStream } from './stream.ts';

const TABLE = 'taskport';
const BUCKET = 'taskport';
const BUS = 'taskport';

export interface HostOptions {
  /** Where everything is kept; without one it is gone after `stop`. */
  readonly directory?: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly metadata?: MetadataEngineName;
  readonly onEvent: (event: BridgeEvent) => void;
}

export interface Host {
  readonly url: string;
  /** Settles with the reason when an engine ends unasked. */
  readonly failed: Promise<string | undefined>;
  stop(): Promise<void>;
}

/** What stands behind one row of the wiring, once it runs. */
interface Running {
  readonly url?: string;
  stop(): Promise<void>;
}

type Handler = (event?: unknown) => Promise<unknown>;

/** How long a stop waits for requests in hand: a client that never sends the rest of its may not hold it up. */
const HTTP_PATIENCE = 5_000;

const serveHttp = (
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Running> =>
  new Promise((settle, fail) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (info) =>
      settle({
        url: `http://127.0.0.1:${info.port}`,
        stop: () =>
          new Promise((stopped) => {
            const force = setTimeout(() => {
              if ('closeAllConnections' in server) server.closeAllConnections();
            }, HTTP_PATIENCE);
            server.close(() => {
              clearTimeout(force);
              stopped();
            });
          }),
      }),
    );
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? new Error(`port ${port} is in use; set PORT to another`) : error),
    );
  });

/** Calls the handler as often as the schedule says, one run at a time. */
const keepSchedule = (handler: Handler, everyMinutes: number): Running => {
  let run = Promise.resolve();
  const timer = setInterval(() => {
    run = run
      .then(() => handler())
      .then(
        () => {},
        (error) => console.error(error),
      );
  }, everyMinutes * 60_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await run;
    },
  };
};

/**
 * Runs every function of the wiring on embedded engines: the modules that Lambda loads, found by their paths,
 * called with what Lambda would call them with.
 */
export const startHost = async ({ directory, port, metadata, onEvent }: HostOptions): Promise<Host> => {
  const running: Running[] = [];
  const foundation: Running[] = [];
  // Calls end before the stream that tells of them, and both before what they stand on.
  const stop = async (): Promise<void> => {
    for (const part of [...running, ...foundation.toReversed()]) await part.stop();
  };
  try {
    const engines = await startEngines({
      bucket: BUCKET,
      ...(directory === undefined ? {} : { directory }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    foundation.push(engines);
    const bus = await startBus({ rules, targets: { log: onEvent } });
    foundation.push(bus);
    Object.assign(process.env, localEnvironment, {
      AWS_ENDPOINT_URL_DYNAMODB: engines.dynamodbUrl,
      AWS_ENDPOINT_URL_S3: engines.s3Url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
      TASKPORT_LOCAL_PRINCIPAL: 'local',
      [environmentNames.table]: TABLE,
      [environmentNames.bucket]: BUCKET,
      [environmentNames.bus]: BUS,
    });
    await createTable(clientConfig(engines.dynamodbUrl), TABLE);
    const start = async ({ entry, trigger }: FunctionWiring): Promise<Running> => {
      const module = await import(pathToFileURL(resolve(import.meta.dirname, '../..', entry)).href);
      if (trigger.kind === 'http') return serveHttp(module.app.fetch, port);
      if (trigger.kind === 'schedule') return keepSchedule(module.handler, trigger.everyMinutes);
      return startStream({
        config: clientConfig(engines.dynamodbUrl),
        tableName: TABLE,
        batchSize: trigger.batchSize,
        retryAttempts: trigger.retryAttempts,
        maxRecordAgeSeconds: trigger.maxRecordAgeSeconds,
        handler: module.handler as (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>,
        ...(directory === undefined ? {} : { directory }),
      });
    };
    let url = '';
    for (const wiring of functions) {
      const part = await start(wiring);
      running.push(part);
      url = part.url ?? url;
    }
    return { url, failed: engines.exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
