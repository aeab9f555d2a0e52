import { randomUUID } from 'node:crypto';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { IdempotencyTable } from '../../lib/adapters/dynamodb/idempotency-table.ts';
import { OutputTable } from '../../lib/adapters/dynamodb/output-table.ts';
import { RunnerTable } from '../../lib/adapters/dynamodb/runner-table.ts';
import { createEcsClient, EcsLauncher, type EcsOptions } from '../../lib/adapters/ecs/ecs-launcher.ts';
import { FARGATE_ENGINE, readEnvironment } from '../../lib/adapters/environment.ts';
import { PullSecret } from '../../lib/adapters/secretsmanager/pull-secret.ts';
import { SigningSecret } from '../../lib/adapters/secretsmanager/signing-secret.ts';
import type { BlobStore } from '../../lib/element/blob-store.ts';
import { Dispatcher, type DispatcherOptions } from '../../lib/execution/dispatcher.ts';
import { stopStrays } from '../../lib/execution/strays.ts';
import { lazily } from '../../lib/loaded.ts';
import { enginePrincipal } from '../../lib/location/access.ts';
import { FARGATE } from './engine.ts';
import type { Engine } from './handler.ts';
import { Service } from './service.ts';

type Stores = Pick<DispatcherOptions, 'launches'> &
  Pick<ConstructorParameters<typeof Service>[0], 'known' | 'locations'>;

/** The settings of tasks on Fargate, as the stack passes them. */
export type FargateSettings = Omit<EcsOptions, 'signIn' | 'region'>;

const { now } = Date;

/** Indexes of archives, read if storage is mounted inside an image that the service keeps. */
const blobs = lazily<Pick<BlobStore, 'readPaths'>>(async () => {
  const { BlobBucket } = await import('../../lib/adapters/s3/blob-bucket.ts');
  const { createS3Client } = await import('../../lib/adapters/s3/client.ts');
  const { bucket, store } = readEnvironment('bucket', 'store');
  return new BlobBucket(createS3Client(), { bucket, enforces: store === 'enforcing' });
});

const signInBy = (secretId: string): (() => Promise<void>) => {
  const { registrySecret, handles: deployment } = readEnvironment('registrySecret', 'handles');
  const keys = new SigningSecret(registrySecret);
  const secret = new PullSecret({ secretId, principal: enginePrincipal(FARGATE), keys, deployment, now });
  return () => secret.refresh();
};

/** The engine that runs tasks on Fargate, with the settings of the stack. */
export const createEngine = (table: Table, { launches, ...stores }: Stores): Engine => {
  const settings = JSON.parse(process.env[FARGATE_ENGINE] ?? '{}') as FargateSettings;
  const { registryCredentials } = settings;
  const service = new Service({
    ...stores,
    now,
    compositions: new CompositionTable(table),
    elements: new ElementTable(table),
    idempotency: new IdempotencyTable(table),
    outputs: new OutputTable(table),
    runners: new RunnerTable(table),
    blobs,
  });
  const launcher = new EcsLauncher(createEcsClient(), {
    ...settings,
    region: process.env.AWS_REGION ?? '',
    ...(registryCredentials === undefined ? {} : { signIn: signInBy(registryCredentials) }),
  });
  return {
    dispatcher: new Dispatcher({ control: service, launcher, launches, now, newToken: randomUUID }),
    stopStrays: () => stopStrays({ launcher, launches }),
  };
};
