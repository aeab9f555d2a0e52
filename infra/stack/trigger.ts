import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  type EventSourceMapping,
  FilterCriteria,
  type IEventSourceDlq,
  type Function as Lambda,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { FunctionWiring } from '../function-wiring.ts';
import { environmentNames } from '../wiring.ts';
import type { DeployedFunction } from './function.ts';
import { keyThrough } from './permissions.ts';
import type { Resources } from './resources.ts';
import { acknowledgeWildcard } from './wildcard.ts';

type Trigger = FunctionWiring['trigger'];
type StreamTrigger = Extract<Trigger, { kind: 'stream' }>;
type EventTrigger = Extract<Trigger, { kind: 'event' }>;
type ScheduleTrigger = Extract<Trigger, { kind: 'schedule' }>;

/** Calls a function on changes of the table, on events of the bus, or on schedule. Answers the event source mapping of the stream. */
export function attachTrigger(
  scope: Construct,
  deployed: DeployedFunction,
  trigger: StreamTrigger | EventTrigger | ScheduleTrigger,
  resources: Resources,
): EventSourceMapping[] {
  if (trigger.kind === 'stream') return [attachStream(deployed, trigger, resources)];
  if (trigger.kind === 'event') attachEvents(scope, deployed, trigger, resources);
  else attachSchedule(scope, deployed, trigger);
  return [];
}

function attachStream(
  { handler, role }: DeployedFunction,
  trigger: StreamTrigger,
  resources: Resources,
): EventSourceMapping {
  const { table, failures, key } = resources;
  const streamArn = table.tableStreamArn;
  if (streamArn === undefined) throw new Error('The table has no stream to read events from.');

  // Written out, as in permissions.ts: the library's event source would grant the key without a condition, and reading and deleting the failed
  // batches.
  const statements = [
    new PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamArn],
    }),
    new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: [`${table.tableArn}/stream/*`] }),
    keyThrough('dynamodb', key, ['kms:Decrypt']),
    new PolicyStatement({ actions: ['s3:PutObject'], resources: [failures.arnForObjects('*')] }),
    new PolicyStatement({ actions: ['s3:ListBucket'], resources: [failures.bucketArn] }),
    keyThrough('s3', key, ['kms:GenerateDataKey']),
  ];
  for (const statement of statements) {
    role.addToPolicy(statement);
  }
  acknowledgeWildcard(role, table, '/stream/*', 'Streams are listed for one table, whichever it has had.');
  acknowledgeWildcard(role, failures, '/*', 'Lambda chooses the key of every batch that it sets aside.');
  // A bucket keeps the whole batch; a queue would keep only its position in the stream, for a day.
  const setAside: IEventSourceDlq = { bind: () => ({ destination: failures.bucketArn }) };

  return handler.addEventSourceMapping('Stream', {
    eventSourceArn: streamArn,
    // The function also gets records written during its deployment.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: keyPatterns(trigger.rows).map((Keys) => FilterCriteria.filter({ dynamodb: { Keys } })),
    batchSize: trigger.batchSize,
    maxRecordAge: Duration.seconds(trigger.maxRecordAgeSeconds),
    retryAttempts: trigger.retryAttempts,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: setAside,
    supportS3OnFailureDestination: true,
    // Counts set-aside batches; the bucket reports its contents only once a day.
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  });
}

/** Matches rows by their keys in the format of stream records: one pattern for each key, because a mapping accepts at most five. */
function keyPatterns(rows: StreamTrigger['rows']) {
  const patterns = new Map<string, string[]>();
  for (const [key, value] of rows.flatMap((row) => Object.entries<string>(row)))
    patterns.set(key, [...(patterns.get(key) ?? []), value]);
  return [...patterns].map(([key, values]) => ({ [key]: { S: values } }));
}

function attachEvents(
  scope: Construct,
  { handler }: DeployedFunction,
  { events, retryAttempts, everyMinutes }: EventTrigger,
  { bus, fargate }: Resources,
): void {
  // The sweeper requests lost work again, so failed events need not be kept.
  handler.configureAsyncInvoke({ retryAttempts });
  for (const [at, { source, detailTypes, ofEcs }] of events.entries()) {
    new Rule(scope, `Events-${handler.node.id}${at === 0 ? '' : `-${at + 1}`}`, {
      ...(ofEcs ? {} : { eventBus: bus }),
      eventPattern: {
        source: [source],
        detailType: [...detailTypes],
        ...(ofEcs ? { detail: { clusterArn: [fargate?.cluster.attrArn] } } : {}),
      },
      targets: [new LambdaFunction(handler)],
    });
  }
  if (everyMinutes !== undefined) callRegularly(scope, handler, everyMinutes);
}

/** Tells a manual function the names of the stream's functions, and disables retries. */
export function callByHand(
  { handler }: DeployedFunction,
  deployments: ReadonlyMap<FunctionWiring['name'], DeployedFunction>,
): void {
  for (const name of ['publish', 'audit'] as const) {
    handler.addEnvironment(environmentNames[name], deployments.get(name)?.handler.functionArn ?? '');
  }
  handler.configureAsyncInvoke({ retryAttempts: 0 });
}

function attachSchedule(scope: Construct, { handler }: DeployedFunction, trigger: ScheduleTrigger): void {
  handler.configureAsyncInvoke(unrepeated(Duration.minutes(trigger.everyMinutes)));
  callRegularly(scope, handler, trigger.everyMinutes);
}

/** The next run repeats the work of a failed one, so retries and late events are useless. */
const unrepeated = (maxEventAge: Duration) => ({ retryAttempts: 0, maxEventAge });

function callRegularly(scope: Construct, handler: Lambda, everyMinutes: number): void {
  const period = Duration.minutes(everyMinutes);
  new Rule(scope, `Schedule-${handler.node.id}`, {
    schedule: Schedule.rate(period),
    targets: [new LambdaFunction(handler, unrepeated(period))],
  });
}
