import type { ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Alarms } from './alarms.ts';
import type { Fargate } from './fargate.ts';

/** What functions work on. */
export interface Resources {
  readonly table: ITableV2;
  /** That of the deployment, also where it works on another that was restored from it. */
  readonly ownTable: TableV2;
  /** What happened. */
  readonly log: TableV2;
  readonly bucket: Bucket;
  readonly bus: EventBus;
  /** What the bus could not deliver. */
  readonly undelivered: Queue;
  readonly alarms: Alarms;
  /** What credentials of the registry are signed with. */
  readonly registrySecret: Secret;
  /** Where tasks run on Fargate; absent where none do. */
  readonly fargate?: Fargate;
  /** Where batches go that could not be published. */
  readonly failures: Bucket;
  /** Encrypts all of these but the bus and the secret. */
  readonly key: IKey;
}
