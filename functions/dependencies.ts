import { randomUUID } from 'node:crypto';
import { CallCounterTable } from '../lib/adapters/dynamodb/call-counter-table.ts';
import { CompositionTable } from '../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../lib/adapters/dynamodb/element-table.ts';
import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../lib/adapters/dynamodb/engine/table.ts';
import { IdempotencyTable } from '../lib/adapters/dynamodb/idempotency-table.ts';
import { LocationTable } from '../lib/adapters/dynamodb/location-table.ts';
import { RunnerTable } from '../lib/adapters/dynamodb/runner-table.ts';
import { SessionTable } from '../lib/adapters/dynamodb/session-table.ts';
import { BlobBucket } from '../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../lib/adapters/s3/client.ts';
import type { CompositionDependencies } from '../lib/composition/dependencies.ts';
import { createSaves } from '../lib/composition/saves.ts';
import type { EngineSessions } from '../lib/composition/session/engine-sessions.ts';
import type { SessionDependencies } from '../lib/composition/session/open-session.ts';
import { defined } from '../lib/defined.ts';
import type { ElementDependencies } from '../lib/element/dependencies.ts';
import type { TagStore } from '../lib/element/registry/tag-store.ts';
import { S3_LIMITS } from '../lib/element/upload/upload.ts';
import type { EventLog } from '../lib/event/event-log.ts';
import type { EventDependencies } from '../lib/event/read-events.ts';
import { lazily } from '../lib/loaded.ts';
import { LocationCache } from '../lib/location/location-cache.ts';
import type { RunnerDependencies } from '../lib/location/runners.ts';
import type { OutputDependencies } from '../lib/output/append-output.ts';
import type { EngineLogs } from '../lib/output/engine-log.ts';
import type { OutputStore } from '../lib/output/output-store.ts';
import type { Quota } from '../lib/quota.ts';

/** Seconds of silence of a runner before another engine may have its tasks, unless the deployment sets others. */
export const DEFAULT_SILENCE_SECONDS = 300;

/** The dependencies of the functions. */
export type Dependencies = ElementDependencies &
  RunnerDependencies &
  CompositionDependencies &
  OutputDependencies &
  SessionDependencies &
  EventDependencies;

export interface Stores {
  readonly table: string;
  readonly bucket: string;
  /** The table of events. */
  readonly log: string;
  /** The text that seals handles; by default the table's name. */
  readonly handles?: string;
  /** The administrators of the deployment; none by default. */
  readonly administrators?: readonly string[];
  /** The engines of the deployment; none by default. */
  readonly engines?: readonly string[];
  /** `enforcing` if the bucket holds signed requests to what was signed, as S3 does. */
  readonly store: string;
  /** Seconds of silence of a runner before another engine may have its tasks. */
  readonly silenceSeconds?: number;
  /** The log group of the deployment's engine, if it has one. */
  readonly engineLogGroup?: string;
}

/** The clients of the stores. */
interface Clients {
  readonly dynamodb: ReturnType<typeof createDynamoClient>;
  readonly s3: ReturnType<typeof createS3Client>;
}

// Few calls of the API need these, so the first that does loads their code.
const queries = () => import('../lib/adapters/dynamodb/queries.ts');

const logsOf = (group: string): EngineLogs =>
  lazily(
    async () => new (await import('../lib/adapters/cloudwatch/engine-log-group.ts')).EngineLogGroup(group),
  );

const engineSessionsOf = (table: Table): EngineSessions =>
  lazily(async () => {
    const [{ EcsSessions }, { LaunchTable }] = await Promise.all([
      import('../lib/adapters/ecs/ecs-sessions.ts'),
      import('../lib/adapters/dynamodb/launch-table.ts'),
    ]);
    return new EcsSessions(new LaunchTable(table));
  });

/** The domain on its real stores; it makes clients from the environment unless it gets some. */
export const createDependencies = (
  {
    table: tableName,
    log,
    bucket,
    handles = tableName,
    administrators,
    engines,
    store,
    silenceSeconds = DEFAULT_SILENCE_SECONDS,
    engineLogGroup,
  }: Stores,
  { dynamodb, s3 }: Clients = { dynamodb: createDynamoClient(), s3: createS3Client() },
): Dependencies => {
  const table = new Table(dynamodb, tableName);
  const logTable = new Table(dynamodb, log);
  const locations = new LocationTable(table, logTable);
  const elements = new ElementTable(table);
  const compositions = new CompositionTable(table);
  return {
    elements,
    tags: lazily<TagStore>(async () => new (await queries()).TagTable(table)),
    compositions,
    saves: createSaves({ elements, compositions, now: Date.now }),
    outputs: lazily<OutputStore>(async () => new (await queries()).OutputTable(table)),
    ...defined({ engineLogs: engineLogGroup === undefined ? undefined : logsOf(engineLogGroup) }),
    deployment: handles,
    log: lazily<EventLog>(async () => new (await queries()).EventLogTable(logTable)),
    blobs: new BlobBucket(s3, { bucket, enforces: store === 'enforcing' }),
    locations,
    known: new LocationCache(locations, Date.now),
    idempotency: new IdempotencyTable(table),
    runners: new RunnerTable(table),
    sessions: new SessionTable(table),
    engineSessions: engineSessionsOf(table),
    silenceSeconds,
    administrators: new Set(administrators),
    engines: new Set(engines),
    now: Date.now,
    newId: randomUUID,
    limits: S3_LIMITS,
  };
};

/** The quota of one principal, counted in the table. */
export const createQuota = (
  { table }: Pick<Stores, 'table'>,
  requestsPerMinute: number,
  dynamodb: Clients['dynamodb'] = createDynamoClient(),
): Quota => ({
  counter: new CallCounterTable(new Table(dynamodb, table)),
  requestsPerMinute,
  now: Date.now,
});
