import { Annotations, CfnOutput } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { EventSourceMapping, Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type FunctionWiring, functions } from '../wiring.ts';
import { createAlarms } from './alarms.ts';
import { createApi, type HttpFunction } from './api.ts';
import { createAccessLogBucket, createDataBucket, createFailureBucket, letPagesTransfer } from './bucket.ts';
import { createBus } from './bus.ts';
import { watch } from './concerns.ts';
import { createDashboard } from './dashboard.ts';
import { createFunction, type DeployedFunction } from './function.ts';
import { createKey } from './key.ts';
import type { Resources } from './resources.ts';
import { createSchemas } from './schemas.ts';
import { settle } from './settings.ts';
import { createTable, tableInUse } from './table.ts';
import type { TaskportProps } from './taskport-props.ts';
import { attachTrigger, callByHand } from './trigger.ts';

/** What cannot be done where nobody administers. */
const NOBODY =
  'Nobody administers this Taskport: no location of type nfs can be created, no `allow` of a location set, and no location taken over whose owner is gone. Name administrators by the prop `administrators`, or by -c administrators=…';

/**
 * The whole service: tables, buckets, bus, the functions of `wiring.ts`, the API before them, and what watches over it.
 *
 * @example
 * const taskport = new Taskport(this, 'Taskport', {
 *   auth: { issuer: 'https://login.example.com', audience: ['taskport'] },
 *   alarms: topic,
 * });
 * new EventSubscription(this, 'Starts', { bus: taskport.bus, destination: { queue } });
 */
export class Taskport extends Construct {
  /** What its bus is called, and what its metrics stand under. */
  readonly name: string;
  /** Where the API answers. */
  readonly url: string;
  /** What the DNS record of `domain` points to: an alias, or a CNAME. */
  readonly domainTarget?: string;
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly table: ITableV2;
  /** What happened. */
  readonly logTable: TableV2;
  readonly bucket: Bucket;
  readonly key: IKey;
  readonly functions: Readonly<Record<FunctionWiring['name'], Lambda>>;
  /** By what `docs/operations.md` calls them. */
  readonly alarms: Readonly<Record<string, Alarm>>;

  constructor(scope: Construct, id: string, props: TaskportProps = {}) {
    super(scope, id);
    const settings = settle(this, props);
    this.name = settings.name;
    if (settings.administrators.length === 0) Annotations.of(this).addInfoV2('taskport:nobody', NOBODY);

    const key = createKey(this, settings);
    const accessLogs = createAccessLogBucket(this, settings);
    const { bus, archive, undelivered } = createBus(this, settings);
    const ownTable = createTable(this, 'Table', key, settings);
    const resources = {
      key,
      ownTable,
      table: tableInUse(this, ownTable, key, settings),
      log: createTable(this, 'LogTable', key, settings),
      bucket: createDataBucket(this, key, accessLogs, settings),
      failures: createFailureBucket(this, key, accessLogs, settings),
      bus,
      undelivered,
      alarms: createAlarms(this, bus),
    };
    this.key = key;
    this.bus = bus;
    this.table = resources.table;
    this.logTable = resources.log;
    this.bucket = resources.bucket;

    createSchemas(this, settings.name);
    const deployments = new Map(
      functions.map((wiring) => [wiring.name, createFunction(this, wiring, resources, settings)]),
    );
    const deployed = (name: FunctionWiring['name']) => deployments.get(name) as DeployedFunction;
    this.functions = Object.fromEntries(
      [...deployments].map(([name, { handler }]) => [name, handler]),
    ) as Taskport['functions'];
    const called = functions.flatMap(({ name, trigger }): HttpFunction[] =>
      trigger.kind === 'http' ? [{ name, handler: deployed(name).handler, ...trigger }] : [],
    );
    const { api, url, domainTarget } = createApi(this, called, settings);
    letPagesTransfer(resources.bucket, url);
    this.api = api;
    this.url = url;
    if (domainTarget !== undefined) this.domainTarget = domainTarget;
    const mappings: EventSourceMapping[] = [];
    for (const { name, trigger } of functions) {
      if (trigger.kind === 'http') continue;
      if (trigger.kind === 'manual') callByHand(deployed(name), deployments);
      else mappings.push(...attachTrigger(this, deployed(name), trigger, resources));
    }
    const watched = { name: this.name, api, functions: this.functions, mappings, resources };
    this.alarms = watch(this, watched, settings.alarms);
    createDashboard(this, watched, this.alarms);
    this.#say(settings.auth === 'iam' ? 'iam' : 'jwt', resources, archive);
  }

  /** What operators and `taskport configure` look for. */
  #say(auth: string, { failures, undelivered, key }: Resources, archive: Archive): void {
    const outputs: Record<string, readonly [value: string | undefined, description: string]> = {
      ApiUrl: [this.url, 'Where the API answers, and the console'],
      Auth: [auth, 'How callers say who they are'],
      DomainTarget: [this.domainTarget, 'What the DNS record of the domain points to'],
      TableName: [this.table.tableName, 'Metadata'],
      LogTableName: [this.logTable.tableName, 'What happened'],
      BucketName: [this.bucket.bucketName, 'Data'],
      BusName: [this.bus.eventBusName, 'Events'],
      ArchiveArn: [archive.archiveArn, 'Events, to replay from'],
      UndeliveredQueueUrl: [undelivered.queueUrl, 'Events that could not be written to the log group'],
      FailureBucketName: [failures.bucketName, 'Batches of changes that were set aside'],
      KeyArn: [key.keyArn, 'What tables and buckets are encrypted with'],
      RedriveFunction: [this.functions.redrive.functionName, 'Called to try again what was set aside'],
    };
    for (const [id, [value, description]] of Object.entries(outputs)) {
      if (value !== undefined) new CfnOutput(this, id, { value, description });
    }
  }
}
