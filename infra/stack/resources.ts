import type { ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Alarms } from './alarms.ts';
import type { Fargate } from './fargate.ts';

/** The resources of the functions. */
export interface Resources {
  readonly table: ITableV2;
  /** The table of the deployment, even if the functions use a restored one. */
  readonly ownTable: TableV2;
  /** The table of the event log. */
  readonly log: TableV2;
  readonly bucket: Bucket;
  readonly bus: EventBus;
  /** The queue of undelivered events. */
  readonly undelivered: Queue;
  readonly alarms: Alarms;
  /** The secret that signs credentials of the registry. */
  readonly registrySecret: Secret;
  /** Absent if no tasks run on Fargate. */
  readonly fargate?: Fargate;
  /** The bucket of batches that could not be published. */
  readonly failures: Bucket;
  /** The key of all these, except the bus and the secret. */
  readonly key: IKey;
}
