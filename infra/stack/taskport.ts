import { Annotations, CfnOutput, Fn } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Alarm, type IMetric, Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FARGATE_ENGINE } from '../../lib/adapters/environment.ts';
import { defined } from '../../lib/defined.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { type MetricName, NAMESPACE } from '../../lib/telemetry.ts';
import type { FunctionWiring } from '../function-wiring.ts';
import { engineFunctions, functions } from '../wiring.ts';
import { createAlarms } from './alarms.ts';
import { createApi, type HttpFunction } from './api.ts';
import { createAccessLogBucket, createDataBucket, createFailureBucket, letPagesTransfer } from './bucket.ts';
import { createBus } from './bus.ts';
import { createDashboard } from './dashboard.ts';
import { Fargate } from './fargate.ts';
import { createFunction, type DeployedFunction } from './function.ts';
import { createKey } from './key.ts';
import { refuseOtherShards } from './log-shards.ts';
import { createRegistrySecret } from './registry-secret.ts';
import type { Resources } from './resources.ts';
import { createSchemas } from './schemas.ts';
import { settle } from './settings.ts';
import { createTable, tableInUse } from './table.ts';
import type { TaskportProps } from './taskport-props.ts';
import { attachTrigger, callByHand } from './trigger.ts';
import { type Functions, PERIOD, setAside, type Watched } from './watched.ts';
import { watch } from './watched-conditions.ts';

/** The host of a URL, which may be known only to CloudFormation. */
const hostOf = (url: string): string => Fn.select(2, Fn.split('/', url));

/** Operations that need an administrator. */
const NOBODY =
  'This deployment has no administrators. Without one, nobody can create a location of type nfs or a location that names an engine, set `allow` of a location, or take over a location whose owner is gone. Name administrators with the prop `administrators` or with -c administrators=…';

/**
 * The whole service: tables, buckets, bus, the functions of `wiring.ts`, their API, alarms and a dashboard.
 *
 * @example
 * const taskport = new Taskport(this, 'Taskport', {
 *   auth: { issuer: 'https://login.example.com', audience: ['taskport'] },
 *   alarms: topic,
 * });
 * new EventSubscription(this, 'Starts', { bus: taskport.bus, destination: { queue } });
 */
export class Taskport extends Construct {
  /** The name of its bus and of its metric namespace. */
  readonly name: string;
  /** The URL of the API. */
  readonly url: string;
  /** The target of the DNS record of `domain`: an alias, or a CNAME. */
  readonly domainTarget?: string;
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly table: ITableV2;
  /** The table of the event log. */
  readonly logTable: TableV2;
  readonly bucket: Bucket;
  readonly key: IKey;
  readonly functions: Functions;
  /** Present if tasks run on Fargate. */
  readonly fargate?: Fargate;
  /** By their ids in `docs/operations.md`. */
  readonly alarms: Readonly<Record<string, Alarm>>;
  readonly #isSigned: boolean;
  readonly #watched: Watched;

  constructor(scope: Construct, id: string, props: TaskportProps = {}) {
    super(scope, id);
    const settings = settle(this, props);
    this.name = settings.name;
    if (settings.administrators.length === 0) Annotations.of(this).addInfoV2('taskport:nobody', NOBODY);

    const key = createKey(this, settings);
    const accessLogs = createAccessLogBucket(this, settings);
    const { bus, archive, undelivered } = createBus(this, settings);
    const ownTable = createTable(this, 'Table', key, settings);
    const { fargate: given } = settings.engines ?? {};
    if (given) this.fargate = new Fargate(this, given, settings);
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
      registrySecret: createRegistrySecret(this),
      ...defined({ fargate: this.fargate }),
    };
    this.key = key;
    this.bus = bus;
    this.table = resources.table;
    this.logTable = resources.log;
    this.bucket = resources.bucket;

    createSchemas(this, settings.name);
    const wired = this.fargate ? [...functions, engineFunctions.fargate] : functions;
    const deployments = new Map(
      wired.map((wiring) => [wiring.name, createFunction(this, wiring, resources, settings)]),
    );
    const deployed = (name: FunctionWiring['name']) => deployments.get(name) as DeployedFunction;
    this.functions = Object.fromEntries(
      [...deployments].map(([name, { handler }]) => [name, handler]),
    ) as Taskport['functions'];
    const called = wired.flatMap(({ name, trigger }): HttpFunction[] =>
      trigger.kind === 'http' ? [{ name, handler: deployed(name).handler, ...trigger }] : [],
    );
    const { api, url, domainTarget } = createApi(this, called, settings);
    // The page is at the default endpoint too if the API has a domain name.
    letPagesTransfer(resources.bucket, [...new Set([url, api.apiEndpoint])]);
    if (this.fargate)
      deployed('dispatch').handler.addEnvironment(FARGATE_ENGINE, this.fargate.settingsFor(hostOf(url)));
    if (settings.logShards !== undefined) refuseOtherShards(this, deployed('audit'), settings.logShards);
    this.api = api;
    this.url = url;
    if (domainTarget !== undefined) this.domainTarget = domainTarget;
    const mappings: EventSourceMapping[] = [];
    for (const { name, trigger } of wired) {
      if (trigger.kind === 'http') continue;
      if (trigger.kind === 'manual') callByHand(deployed(name), deployments);
      else mappings.push(...attachTrigger(this, deployed(name), trigger, resources));
    }
    const watched = { name: this.name, api, functions: this.functions, mappings, resources };
    this.#watched = watched;
    this.#isSigned = settings.auth === 'iam';
    this.alarms = watch(this, watched, settings.alarms);
    createDashboard(this, watched, this.alarms);
    this.#say(this.#isSigned ? 'iam' : 'jwt', resources, archive);
  }

  /**
   * Lets a role call the API that requires AWS signatures. Its permissions on elements follow from the grants of locations. Throws if callers use
   * tokens.
   */
  grantInvoke(grantee: IGrantable): Grant {
    if (!this.#isSigned) throw new Error('callers bring tokens of the issuer: no role has to be let in');
    const resourceArns = [this.api.arnForExecuteApi('*', '/v1/*', '$default')];
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  /** A metric that functions emit (docs/operations.md lists them). `dimensionsMap` selects a value of its dimension. */
  metric(metricName: MetricName, { dimensionsMap, ...options }: MetricOptions = {}): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      statistic: 'Sum',
      period: PERIOD,
      dimensionsMap: { deployment: this.name, ...dimensionsMap },
      ...options,
    });
  }

  /** Calls answered with a problem. */
  metricProblems(code: ProblemCode, options?: MetricOptions): Metric {
    return this.metric('Problems', { ...options, dimensionsMap: { code } });
  }

  /** Calls. */
  metricCount(options?: MetricOptions): Metric {
    return this.api.metricCount({ statistic: 'Sum', period: PERIOD, ...options });
  }

  /** Calls with a status of 4xx. */
  metricClientError(options?: MetricOptions): Metric {
    return this.api.metricClientError({ statistic: 'Sum', period: PERIOD, ...options });
  }

  /** Calls with a status of 5xx. */
  metricServerError(options?: MetricOptions): Metric {
    return this.api.metricServerError({ statistic: 'Sum', period: PERIOD, ...options });
  }

  /** Milliseconds of calls, as the 99th percentile by default. */
  metricLatency(options?: MetricOptions): Metric {
    return this.api.metricLatency({ statistic: 'p99', period: PERIOD, ...options });
  }

  /** Events that could not be delivered to the event log. */
  metricUndelivered(options?: MetricOptions): Metric {
    const { undelivered } = this.#watched.resources;
    return undelivered.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: PERIOD,
      ...options,
    });
  }

  /** Batches of changes that were set aside. */
  metricSetAside(): IMetric {
    return setAside(this.#watched);
  }

  /** Outputs for operators and `taskport configure`. */
  #say(auth: string, { failures, undelivered, key }: Resources, archive: Archive): void {
    const outputs: Record<string, readonly [value: string | undefined, description: string]> = {
      ApiUrl: [this.url, 'URL of the API and the console'],
      Auth: [auth, 'Authentication of callers'],
      DomainTarget: [this.domainTarget, 'Target of the DNS record of the domain'],
      TableName: [this.table.tableName, 'DynamoDB table of locations, elements and compositions'],
      LogTableName: [this.logTable.tableName, 'DynamoDB table of the log of events and the audit trail'],
      BucketName: [this.bucket.bucketName, 'S3 bucket of data'],
      BusName: [this.bus.eventBusName, 'EventBridge event bus'],
      ArchiveArn: [archive.archiveArn, 'Archive from which EventBridge replays events'],
      UndeliveredQueueUrl: [
        undelivered.queueUrl,
        'SQS queue of events that EventBridge could not write to the log group',
      ],
      FailureBucketName: [failures.bucketName, 'S3 bucket of batches of changes that functions set aside'],
      KeyArn: [key.keyArn, 'KMS key that encrypts the tables and buckets'],
      ClusterArn: [this.fargate?.cluster.attrArn, 'ECS cluster of tasks on Fargate'],
      TaskLogGroup: [this.fargate?.logGroup.logGroupName, 'Log group of the output of tasks on Fargate'],
      RedriveFunction: [
        this.functions.redrive.functionName,
        'Lambda function that redrives set-aside batches',
      ],
    };
    for (const [id, [value, description]] of Object.entries(outputs)) {
      if (value !== undefined) new CfnOutput(this, id, { value, description });
    }
  }
}
