import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { defined } from '../../lib/defined.ts';
import type { FunctionWiring, Resource } from '../function-wiring.ts';
import type { Resources } from './resources.ts';
import { acknowledgeAny, acknowledgeWildcard, acknowledgeWildcardArn } from './wildcard.ts';

type Actions = FunctionWiring['actions'];

/** Grants a role the actions that `wiring.ts` lists for its function, and the use of the key that these need. */
export function permit(role: Role, actions: Actions, resources: Resources): void {
  const { table, log, bucket, failures, bus, alarms, registrySecret, fargate, key } = resources;
  const arns: Record<Resource, string | readonly string[] | undefined> = {
    table: table.tableArn,
    index: `${table.tableArn}/index/*`,
    log: log.tableArn,
    bucket: bucket.arnForObjects('*'),
    listing: bucket.bucketArn,
    bus: bus.eventBusArn,
    alarms: alarms.schedules,
    alarmRole: alarms.role.roleArn,
    registrySecret: registrySecret.secretArn,
    engineLogs: fargate?.logGroup.logGroupArn,
    failures: failures.arnForObjects('*'),
    failureListing: failures.bucketArn,
    pullSecret: fargate?.pullSecret.secretArn,
    ecsDefinitions: '*',
    ecsRuns: fargate?.arn('task-definition'),
    ecsTasks: fargate?.arn('task'),
    ecsLists: '*',
    ecsRoles: fargate && [fargate.executionRole.roleArn, fargate.taskRole.roleArn],
  };
  for (const resource of Object.keys(arns) as Resource[]) {
    const [allowed, arn] = [actions[resource], arns[resource]];
    if (allowed && arn !== undefined) {
      const conditions = conditionsOf(resource, resources);
      role.addToPolicy(
        new PolicyStatement({ actions: [...allowed], resources: [arn].flat(), ...defined({ conditions }) }),
      );
    }
  }
  if (actions.index) {
    acknowledgeWildcard(role, table, '/index/*', 'The indexes of this one table, all of which it reads.');
  }
  if (actions.bucket) {
    acknowledgeWildcard(role, bucket, '/*', 'Every blob has a fresh key, so no narrower prefix exists.');
  }
  if (actions.failures) {
    acknowledgeWildcard(role, failures, '/*', 'Lambda chooses the key of every batch that it sets aside.');
  }
  if (actions.alarms) {
    acknowledgeWildcardArn(role, alarms.schedules, 'The name of a schedule follows from what it is for.');
  }
  if (actions.ecsDefinitions) {
    acknowledgeAny(
      role,
      'ECS knows no resources for what registers, reads and lists task definitions and tasks.',
    );
  }
  if (fargate && actions.ecsRuns) {
    const reason = 'A definition is named by the executor, and only run with the two roles of tasks.';
    acknowledgeWildcardArn(role, fargate.arn('task-definition'), reason);
    acknowledgeWildcardArn(role, fargate.arn('task'), 'ECS names the tasks of the one cluster.');
  }
  for (const statement of keyStatements(actions, key)) {
    role.addToPolicy(statement);
  }
}

/** Conditions for permissions whose resource is wider than necessary. */
function conditionsOf(
  resource: Resource,
  { fargate }: Resources,
): Record<string, Record<string, string>> | undefined {
  if (resource === 'ecsRuns' || resource === 'ecsLists')
    return { ArnEquals: { 'ecs:cluster': fargate?.cluster.attrArn ?? '' } };
  if (resource === 'ecsRoles') return { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
  return undefined;
}

/** Lets a role send traces to AWS X-Ray. The library adds the same statement, but without the acknowledgement. */
export function letTrace(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    }),
  );
  acknowledgeAny(role, 'X-Ray has no resources: its two writing actions are for all or for nothing.');
}

/** Grants the use of the key through one service, never directly. */
export function keyThrough(service: 'dynamodb' | 's3', key: IKey, actions: string[]): PolicyStatement {
  // AWS documents only `amazonaws.com`. In partitions with another domain it may be either, so both are allowed.
  const suffix = RegionInfo.get(key.stack.region).domainSuffix ?? Aws.URL_SUFFIX;
  const [host, ...others] = [...new Set(['amazonaws.com', suffix])].map(
    (each) => `${service}.${Aws.REGION}.${each}`,
  );
  return new PolicyStatement({
    actions,
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': others.length === 0 ? host : [host, ...others] } },
  });
}

function keyStatements({ table, index, log, bucket, failures }: Actions, key: IKey): PolicyStatement[] {
  const reads = bucket?.includes('s3:GetObject') || failures?.includes('s3:GetObject');
  const writes = bucket?.includes('s3:PutObject');
  const forObjects = [
    // S3 encrypts each part of an upload with the data key of the whole upload, so writing needs decryption too.
    ...(reads || writes ? ['kms:Decrypt'] : []),
    ...(writes ? ['kms:GenerateDataKey'] : []),
  ];
  return [
    // DynamoDB makes its own data keys; for reads and writes of the caller it only decrypts the table's key.
    ...(table || index || log ? [keyThrough('dynamodb', key, ['kms:Decrypt'])] : []),
    ...(forObjects.length > 0 ? [keyThrough('s3', key, forObjects)] : []),
  ];
}
