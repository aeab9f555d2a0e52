/** What a request of the SDK needs of IAM, in the words of `infra/wiring.ts`. */
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

/** What a part of a transaction needs (Amazon DynamoDB, IAM policy for transactions). */
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

/** What S3 asks for by another name than the request's (Amazon S3, required permissions for API operations). */
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
  // Tags of a task that is run take a permission of their own (Amazon ECS developer guide, tagging on creation).
  RunTask: ({ tags }) => [
    ['ecs:RunTask', 'ecsRuns'],
    ['iam:PassRole', 'ecsRoles'],
    ...(tags ? [['ecs:TagResource', 'ecsTasks'] as const] : []),
  ],
  DescribeTasks: () => [['ecs:DescribeTasks', 'ecsTasks']],
  StopTask: () => [['ecs:StopTask', 'ecsTasks']],
  ListTasks: () => [['ecs:ListTasks', 'ecsLists']],
  GetLogEvents: () => [['logs:GetLogEvents', 'engineLogs']],
  // The scheduler is handed a role, and that has to be allowed as well.
  CreateSchedule: () => [
    ['scheduler:CreateSchedule', 'alarms'],
    ['iam:PassRole', 'alarmRole'],
  ],
};

/** What a command needs. One that is not known here needs what it is called, which nobody is granted. */
export const usesOf = (command: string, input: Input): readonly Use[] => {
  const other = others[command];
  if (other) return other(input);
  if (input.TableName !== undefined) return [onTable(command, input)];
  return [onObject(ofObjects[command] ?? command, input.Bucket)];
};

/** What it takes to be told that an object is not there: without it S3 answers 403 (Amazon S3, GetObject, permissions). */
export const usesOfAbsence = (command: string, input: Input): readonly Use[] =>
  command === 'HeadObject' || command === 'GetObject' ? [onBucket(input.Bucket)] : [];
