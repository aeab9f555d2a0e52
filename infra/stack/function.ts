import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as Lambda,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  ADMINISTRATORS,
  ENGINE_LOGS,
  ENGINES,
  LOG_SHARDS,
  REQUESTS_PER_MINUTE,
  SILENCE_SECONDS,
} from '../../lib/adapters/environment.ts';
import { defined } from '../../lib/defined.ts';
import type { FunctionWiring } from '../function-wiring.ts';
import { environmentNames } from '../wiring.ts';
import { network } from './network.ts';
import { letTrace, permit } from './permissions.ts';
import type { Resources } from './resources.ts';
import type { Settings } from './settings.ts';

/** The bundles of the functions come with this package, so a deployment needs no bundler. */
const BUNDLES = join(import.meta.dirname, '../../dist/functions');

/** A function and its role. */
export interface DeployedFunction {
  readonly handler: Lambda;
  readonly role: Role;
}

/** Deploys one function of `wiring.ts`, with a role that has only the listed permissions. */
export function createFunction(
  scope: Construct,
  wiring: FunctionWiring,
  resources: Resources,
  settings: Settings,
): DeployedFunction {
  const logGroup = new LogGroup(scope, `Log-${wiring.name}`, {
    retention: settings.logRetention,
    removalPolicy: settings.removalPolicy,
  });
  // Our own role: the default one has a managed policy that may write to every log group.
  const role = new Role(scope, `Role-${wiring.name}`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  logGroup.grantWrite(role);
  permit(role, wiring.actions, resources);
  letTrace(role);

  const reserved = settings.reservedConcurrency[wiring.name];
  const handler = new Lambda(scope, `Function-${wiring.name}`, {
    description: wiring.description,
    code: Code.fromAsset(join(BUNDLES, wiring.name)),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: wiring.memoryMiB,
    timeout: Duration.seconds(wiring.timeoutSeconds),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: Tracing.ACTIVE,
    ...network(role, settings),
    ...defined({ reservedConcurrentExecutions: reserved }),
    environment: defined({
      [environmentNames.deployment]: settings.name,
      [environmentNames.table]: resources.table.tableName,
      [environmentNames.handles]: resources.ownTable.tableName,
      [environmentNames.bucket]: resources.bucket.bucketName,
      [environmentNames.bus]: resources.bus.eventBusName,
      [environmentNames.store]: 'enforcing',
      [environmentNames.log]: resources.log.tableName,
      [environmentNames.auditDays]: String(settings.auditDays),
      [environmentNames.failures]: resources.failures.bucketName,
      [environmentNames.busArn]: resources.bus.eventBusArn,
      [environmentNames.alarmGroup]: resources.alarms.group,
      [environmentNames.alarmRole]: resources.alarms.role.roleArn,
      [environmentNames.registrySecret]: wiring.actions.registrySecret && resources.registrySecret.secretArn,
      [ENGINE_LOGS]: wiring.actions.engineLogs && resources.fargate?.logGroup.logGroupName,
      [environmentNames.dataOrigin]: wiring.page && `https://${resources.bucket.bucketRegionalDomainName}`,
      [ENGINES]: wiring.name === 'api' && resources.fargate ? JSON.stringify(['fargate']) : undefined,
      [ADMINISTRATORS]:
        wiring.name === 'api' && settings.administrators.length > 0
          ? JSON.stringify(settings.administrators)
          : undefined,
      [LOG_SHARDS]:
        wiring.actions.log?.includes('dynamodb:PutItem') && settings.logShards !== undefined
          ? String(settings.logShards)
          : undefined,
      [REQUESTS_PER_MINUTE]:
        wiring.name === 'api' && settings.requestsPerMinute !== undefined
          ? String(settings.requestsPerMinute)
          : undefined,
      [SILENCE_SECONDS]:
        wiring.name === 'api' && settings.runnerSilenceSeconds !== undefined
          ? String(settings.runnerSilenceSeconds)
          : undefined,
    }),
  });
  return { handler, role };
}
