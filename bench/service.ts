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
/** A file system in memory on Linux. */
const MEMORY = '/dev/shm';

interface Request {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The expected status; any success by default. */
  readonly status?: number;
}

/** The service in this process, on its own engines. */
export interface Service {
  readonly table: string;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly dependencies: Dependencies;
  /** Calls the API without a network, and answers the body. Throws for another status than expected. */
  call(method: string, path: string, request?: Request): Promise<string>;
  stop(): Promise<void>;
}

// A clock that stands still, so that cached locations stay valid.
const stillClock = (): number => 0;

/** The functions' dependencies without the cache of locations, on clients with middleware. */
const compose = (dynamodb: DynamoDBClient, s3: S3Client): Dependencies => {
  const dependencies = createDependencies(
    { table: TABLE, log: LOG_TABLE, bucket: BUCKET, store: 'trusting' },
    { dynamodb, s3 },
  );
  return { ...dependencies, known: new LocationCache(dependencies.locations, stillClock) };
};

const start = async (metadata: MetadataEngineName): Promise<Engines> => {
  const { TMPDIR } = process.env;
  // DynamoDB Local waits for the disk at every batch; in memory it fills a large table in a quarter of the time.
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
      // Every real request has this header; without it the body is read twice.
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
  };
};

/** A proxy between the service and its metadata engine. Answers the URL that the service uses instead. */
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

/** Runs `use` on a service, and stops the service afterwards. */
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
