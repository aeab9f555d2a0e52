import { type Json, only, output, resource, template } from './synthesized.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** The ARN of a resource as AWS would make it of its logical ID. */
const shapes: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::GlobalTable': (id) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::Events::EventBus': (id) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${id}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
};
const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
};

const attribute = ([id, name]: [string, string]): string => {
  const arn = shapes[resource(id).Type]?.(id);
  if (arn === undefined) throw new Error(`no ARN is known for ${id}`);
  return name === 'StreamArn' ? `${arn}/stream/2026-01-01T00:00:00.000` : arn;
};

const secret = only('AWS::SecretsManager::Secret').id;
/** What a reference to a secret is. */
const secretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${secret}-AbCdEf`;

/** A part of the template with names and ARNs in the place of references. */
const concrete = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(concrete);
  if (typeof value !== 'object' || value === null) return value;
  if (value.Ref) return pseudo[value.Ref] ?? (value.Ref === secret ? secretArn : value.Ref);
  if (value['Fn::GetAtt']) return attribute(value['Fn::GetAtt']);
  if (value['Fn::Join']) return value['Fn::Join'][1].map(concrete).join('');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, concrete(inner)]));
};

/** The policy of a role, by the role's logical ID, as IAM would be given it. */
export const policyOf = (roleId: string): { readonly Version: string; readonly Statement: Json[] } => ({
  Version: '2012-10-17',
  Statement: Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((each: Json) => each.Ref === roleId))
    .flatMap(({ Properties }) => concrete(Properties.PolicyDocument.Statement)),
});

const arn = (id: string): string => attribute([id, 'Arn']);
const table = arn(output('TableName').Ref);
const failures = Object.keys(template.findResources('AWS::S3::Bucket')).find((id) => id.includes('Failures'));
const alarms = Object.values(template.findResources('AWS::Scheduler::ScheduleGroup'))[0]?.Properties.Name;
const alarmRole = Object.keys(template.findResources('AWS::IAM::Role')).find((id) => id.includes('alarms'));

/** What each resource of the wiring is in the template, by something that is in it. */
export const deployed = {
  table,
  index: `${table}/index/by-name`,
  log: arn(output('LogTableName').Ref),
  bucket: `${arn(output('BucketName').Ref)}/some-blob`,
  listing: arn(output('BucketName').Ref),
  bus: arn(output('BusName').Ref),
  alarms: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${alarms}/some-alarm`,
  alarmRole: arn(alarmRole ?? ''),
  registrySecret: secretArn,
  failures: `${arn(failures ?? '')}/aws/lambda/some-batch`,
  failureListing: arn(failures ?? ''),
  key: arn(only('AWS::KMS::Key').id),
} as const;

/** What is not the stack's, by the kind of what is. */
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
  `arn:aws:kms:${REGION}:${ACCOUNT}:key/another`,
];
