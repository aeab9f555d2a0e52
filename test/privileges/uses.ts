/** The IAM permissions that a request of the SDK needs, in the terms of `infra/wiring.ts`. */
import type { FunctionWiring, Resource } from '../../infra/function-wiring.ts';
import { environmentNames } from '../../lib/adapters/environment.ts';

export type FunctionName = FunctionWiring['name'];

/** An action on a resource. */
export type Use = readonly [action: string, on: Resource];

// biome-ignore lint/suspicious/noExplicitAny: the input of any command.
type Input = any;

const isLog = (table: string): boolean =>
  table === process.env[environmentNames.log] || table.endsWith('-log');
const isFailures = (bucket: string): boolean => bucket === process.env[environmentNames.failures];

const secretOf = (secret: string): Resource =>
  secret === process.env[environmentNames.registrySecret] ? 'registrySecret' : 'pullSecret';

const onTable = (action: string, { TableName, IndexName }: Input): Use => [
  `dynamodb:${action}`,
  IndexName !== undefined ? 'index' : isLog(TableName) ? 'log' : 'table',
];
const onObject = (action: string, bucket: string): Use => [
  `s3:${action}`,
  isFailures(bucket) ? 'failures' : 'bucket',
];
const onBucket = (bucket: string): Use => [
  's3:ListBucket',
  isFailures(bucket) ? 'failureListing' : 'listing',
];

/** The permissions for parts of a transaction (Amazon DynamoDB, IAM policy for transactions). */
const ofTransaction: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
};

const items = ({ TransactItems }: Input): Use[] =>
  TransactItems.flatMap((item: Input) =>
    Object.entries(item).map(([part, input]) => onTable(ofTransaction[part] ?? part, input)),
  );

/** S3 permissions whose names differ from the request's (Amazon S3, required permissions for API operations). */
const ofObjects: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
};

const others: Readonly<Record<string, (input: Input) => Use[]>> = {
  TransactWriteItems: items,
  TransactGetItems: items,
  BatchGetItem: ({ RequestItems }) =>
    Object.keys(RequestItems).map((TableName) => onTable('BatchGetItem', { TableName })),
  CopyObject: ({ Bucket, CopySource }) => [
    onObject('GetObject', CopySource.split('/')[0]),
    onObject('PutObject', Bucket),
  ],
  ListObjectsV2: ({ Bucket }) => [onBucket(Bucket)],
  PutEvents: () => [['events:PutEvents', 'bus']],
  GetSecretValue: ({ SecretId }) => [['secretsmanager:GetSecretValue', secretOf(SecretId)]],
  PutSecretValue: ({ SecretId }) => [['secretsmanager:PutSecretValue', secretOf(SecretId)]],
  DeregisterTaskDefinition: () => [['ecs:DeregisterTaskDefinition', 'ecsDefinitions']],
  DescribeTaskDefinition: () => [['ecs:DescribeTaskDefinition', 'ecsDefinitions']],
  RegisterTaskDefinition: ({ executionRoleArn, taskRoleArn }) => [
    ['ecs:RegisterTaskDefinition', 'ecsDefinitions'],
    ...(executionRoleArn || taskRoleArn ? [['iam:PassRole', 'ecsRoles'] as const] : []),
  ],
  // Tags of a new ECS task need their own permission (Amazon ECS developer guide, tagging on creation).
  RunTask: ({ tags }) => [
    ['ecs:RunTask', 'ecsRuns'],
    ['iam:PassRole', 'ecsRoles'],
    ...(tags ? [['ecs:TagResource', 'ecsTasks'] as const] : []),
  ],
  DescribeTasks: () => [['ecs:DescribeTasks', 'ecsTasks']],
  StopTask: () => [['ecs:StopTask', 'ecsTasks']],
  ListTasks: () => [['ecs:ListTasks', 'ecsLists']],
  GetLogEvents: () => [['logs:GetLogEvents', 'engineLogs']],
  // The scheduler gets a role, which needs a permission to pass it.
  CreateSchedule: () => [
    ['scheduler:CreateSchedule', 'alarms'],
    ['iam:PassRole', 'alarmRole'],
  ],
};

/** The permissions of a command. An unknown command needs its own name, which is never granted. */
export const usesOf = (command: string, input: Input): readonly Use[] => {
  const other = others[command];
  if (other) return other(input);
  if (input.TableName !== undefined) return [onTable(command, input)];
  return [onObject(ofObjects[command] ?? command, input.Bucket)];
};

/** The permission to learn that an object is missing: without it S3 answers 403 (Amazon S3, GetObject, permissions). */
export const usesOfAbsence = (command: string, input: Input): readonly Use[] =>
  command === 'HeadObject' || command === 'GetObject' ? [onBucket(input.Bucket)] : [];
