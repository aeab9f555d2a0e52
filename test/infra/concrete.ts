import type { Resource } from '../../infra/function-wiring.ts';
import { type Json, synthesize } from './synthesized.ts';

/** With all optional parts. */
export const template = synthesize({ fargate: 'true' });
const { Resources, Outputs } = template.toJSON();

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** The ARN of a resource, derived from its logical ID in the form of AWS. */
const shapes: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::GlobalTable': (id) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::Events::EventBus': (id) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${id}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`,
  'AWS::ECS::Cluster': (id) => `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${id}`,
  'AWS::SecretsManager::Secret': (id) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${id}-AbCdEf`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
};
const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
};

const attribute = ([id, name]: [string, string]): string => {
  const arn = shapes[Resources[id].Type]?.(id);
  if (arn === undefined) throw new Error(`no ARN is known for ${id}`);
  return name === 'StreamArn' ? `${arn}/stream/2026-01-01T00:00:00.000` : arn;
};

/** A part of the template with names and ARNs instead of references. */
const concrete = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(concrete);
  if (typeof value !== 'object' || value === null) return value;
  // The value of a reference to a secret.
  if (Resources[value.Ref]?.Type === 'AWS::SecretsManager::Secret') return attribute([value.Ref, 'Arn']);
  if (value.Ref) return pseudo[value.Ref] ?? value.Ref;
  if (value['Fn::GetAtt']) return attribute(value['Fn::GetAtt']);
  if (value['Fn::Join']) return value['Fn::Join'][1].map(concrete).join('');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, concrete(inner)]));
};

/** The policy of a role, by the role's logical ID, as IAM gets it. */
export const policyOf = (roleId: string): { readonly Version: string; readonly Statement: Json[] } => ({
  Version: '2012-10-17',
  Statement: Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((each: Json) => each.Ref === roleId))
    .flatMap(({ Properties }) => concrete(Properties.PolicyDocument.Statement)),
});

const arn = (id: string): string => attribute([id, 'Arn']);
/** The one resource of a type, or the one with this part in its ID. */
const idOf = (type: string, part = ''): string => {
  const ids = Object.keys(template.findResources(type)).filter((id) => id.includes(part));
  if (ids.length !== 1) throw new Error(`${ids.length} resources are ${type} ${part}`);
  return ids[0] as string;
};
const output = (name: string): string => Outputs[name].Value.Ref;
const table = arn(output('TableName'));
const failures = arn(idOf('AWS::S3::Bucket', 'Failures'));
const alarms = Object.values(template.findResources('AWS::Scheduler::ScheduleGroup'))[0]?.Properties.Name;
const ecs = `arn:aws:ecs:${REGION}:${ACCOUNT}`;

/** The cluster of tasks on Fargate. */
export const cluster = arn(idOf('AWS::ECS::Cluster'));

/** The ARNs of each resource of the wiring in the template. */
export const deployed: Readonly<Record<Resource | 'key', readonly string[]>> = {
  table: [table],
  index: [`${table}/index/by-name`],
  log: [arn(output('LogTableName'))],
  bucket: [`${arn(output('BucketName'))}/some-blob`],
  listing: [arn(output('BucketName'))],
  bus: [arn(output('BusName'))],
  alarms: [`arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${alarms}/some-alarm`],
  alarmRole: [arn(idOf('AWS::IAM::Role', 'alarms'))],
  registrySecret: [arn(idOf('AWS::SecretsManager::Secret', 'Registry'))],
  engineLogs: [arn(idOf('AWS::Logs::LogGroup', 'FargateLogs'))],
  failures: [`${failures}/aws/lambda/some-batch`],
  failureListing: [failures],
  pullSecret: [arn(idOf('AWS::SecretsManager::Secret', 'PullSecret'))],
  // ECS has no resources for either (service authorization reference).
  ecsDefinitions: ['*'],
  ecsLists: ['*'],
  ecsRuns: [`${ecs}:task-definition/some-family:1`],
  ecsTasks: [`${cluster.replace(':cluster/', ':task/')}/0123456789abcdef0123456789abcdef`],
  ecsRoles: ['FargateExecution', 'FargateTask'].map((part) => arn(idOf('AWS::IAM::Role', part))),
  key: [arn(idOf('AWS::KMS::Key'))],
};

/** ARNs outside the stack, by kind of resource. */
export const foreign: readonly string[] = [
  `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/Another`,
  `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/Another/index/by-name`,
  `${table}-copy`,
  'arn:aws:s3:::another/some-blob',
  'arn:aws:s3:::another',
  `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
  `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/some-alarm`,
  `arn:aws:iam::${ACCOUNT}:role/Administrator`,
  `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:another-AbCdEf`,
  `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:another:*`,
  `${ecs}:task/another/0123456789abcdef0123456789abcdef`,
  `arn:aws:kms:${REGION}:${ACCOUNT}:key/another`,
];
