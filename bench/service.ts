import { existsSync } from 'node:fs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { createApp } from '../functions/api/app.ts';
import { createDependencies, type Dependencies } from '../functions/dependencies.ts';
import { clientConfig, localEnvironment } from '../infra/local/client-config.ts';
import { type Engines, type MetadataEngineName, startEngines } from '../infra/local/engines/engines.ts';
import { createTable } from '../infra/local/engines/table.ts';
import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import { logTableSchema } from '../lib/adapters/dynamodb/table-schema.ts';
import { createS3Client } from '../lib/adapters/s3/client.ts';
import { LocationCache } from '../lib/location/location-cache.ts';

const BUCKET = 'taskport-bench';
const TABLE = 'taskport-bench';
/** The table of events. */
export const LOG_TABLE = 'taskport-bench-log';
/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';

interface Request {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The expected status; without one, any success. */
  readonly status?: number;
}

/** The service in this process, on engines of its own. */
export interface Service {
  readonly table: string;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly dependencies: Dependencies;
  /** Calls the API, with no network between, and answers the body; another status than expected is thrown. */
  call(method: string, path: string, request?: Request): Promise<string>;
  stop(): Promise<void>;
}

// A location is believed for so long by its clock. This one stands still: what is warm stays warm.
const stillClock = (): number => 0;

/** The functions' own dependencies, but for what they remember of locations, on clients that can be listened to. */
const compose = (dynamodb: DynamoDBClient, s3: S3Client): Dependencies => {
  const dependencies = createDependencies(
    { table: TABLE, log: LOG_TABLE, bucket: BUCKET, store: 'trusting' },
    { dynamodb, s3 },
  );
  return { ...dependencies, known: new LocationCache(dependencies.locations, stillClock) };
};

const start = async (metadata: MetadataEngineName): Promise<Engines> => {
  const { TMPDIR } = process.env;
  // DynamoDB Local waits for the disk at every batch; in memory, a large table is there in a quarter of the time.
  if (metadata === 'dynamodb-local' && existsSync(MEMORY)) process.env.TMPDIR = MEMORY;
  try {
    return await startEngines({ metadata, bucket: BUCKET });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
};

const prepare = (method: string, { body, headers }: Request): RequestInit => {
  if (body === undefined) return { method, headers: { ...headers } };
  const text = JSON.stringify(body);
  return {
    method,
    body: text,
    headers: {
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      // Every real request has one, and one without is read twice.
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
  };
};

/**
 * A proxy between the service and its metadata engine: answers the URL that the service uses instead of the
 * engine's.
 */
type Through = (url: string) => Promise<string>;

/** Starts the service on embedded engines. */
const startService = async (metadata: MetadataEngineName, through: Through): Promise<Service> => {
  const engines = await start(metadata);
  Object.assign(process.env, localEnvironment, {
    AWS_ENDPOINT_URL_DYNAMODB: await through(engines.dynamodbUrl),
    AWS_ENDPOINT_URL_S3: engines.s3Url,
  });
  const config = clientConfig(engines.dynamodbUrl);
  await createTable(config, TABLE);
  await createTable(config, LOG_TABLE, logTableSchema);
  const dynamodb = createDynamoClient();
  const s3 = createS3Client();
  const dependencies = compose(dynamodb, s3);
  const app = createApp(dependencies, { localPrincipal: 'local', log: () => {} });
  return {
    table: TABLE,
    dynamodb,
    s3,
    dependencies,
    async call(method, path, request = {}) {
      const response = await app.request(path, prepare(method, request));
      const text = await response.text();
      if (request.status === undefined ? !response.ok : response.status !== request.status) {
        throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      }
      return text;
    },
    async stop() {
      dynamodb.destroy();
      s3.destroy();
      await engines.stop();
    },
  };
};

/** Runs something on a service, which ends with it. */
export const withService = async <T>(
  metadata: MetadataEngineName,
  use: (service: Service) => Promise<T>,
  through: Through = async (url) => url,
): Promise<T> => {
  const service = await startService(metadata, through);
  try {
    return await use(service);
  } finally {
    await service.stop();
  }
};
