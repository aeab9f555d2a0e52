import type { FunctionWiring } from '../infra/function-wiring.ts';

/** The imported names, by package. */
export type Floor = Readonly<Record<string, readonly string[]>>;

const commands = (...names: string[]): string[] => names.map((name) => `${name}Command`);

const dynamodb = (...names: string[]): Floor => ({
  '@aws-sdk/client-dynamodb': ['DynamoDBClient', ...commands(...names)],
  '@aws-sdk/util-dynamodb': ['marshall', 'unmarshall'],
});
const s3 = (...names: string[]): Floor => ({ '@aws-sdk/client-s3': ['S3Client', ...commands(...names)] });

const rows = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'TransactWriteItems'];
const objects = ['GetObject', 'HeadObject', 'PutObject', 'CopyObject', 'DeleteObject'];

/** The smallest possible bundle of each function: the SDK clients and commands that it uses, and Hono for the API. */
export const floors: Readonly<Record<FunctionWiring['name'], Floor>> = {
  api: {
    ...dynamodb('BatchGetItem', 'TransactGetItems', ...rows),
    ...s3(
      ...objects,
      'AbortMultipartUpload',
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'ListParts',
    ),
    '@aws-sdk/s3-request-presigner': ['getSignedUrl', 'S3RequestPresigner'],
    hono: ['Hono'],
    'hono/aws-lambda': ['handle'],
  },
  console: { hono: ['Hono'], 'hono/aws-lambda': ['handle'] },
  publish: {
    '@aws-sdk/client-eventbridge': ['EventBridgeClient', ...commands('PutEvents')],
    '@aws-sdk/util-dynamodb': ['unmarshall'],
  },
  audit: dynamodb('GetItem', 'TransactWriteItems'),
  verify: { ...dynamodb(...rows), ...s3(...objects) },
  supervise: {
    ...dynamodb('GetItem', 'TransactWriteItems'),
    '@aws-sdk/client-scheduler': ['SchedulerClient', ...commands('CreateSchedule')],
  },
  sweep: { ...dynamodb(...rows), ...s3('DeleteObject', 'AbortMultipartUpload') },
  rotate: {
    '@aws-sdk/client-secrets-manager': [
      'SecretsManagerClient',
      ...commands('PutSecretValue', 'GetSecretValue'),
    ],
  },
  dispatch: {
    ...dynamodb('GetItem', 'Query', 'TransactWriteItems'),
    '@aws-sdk/client-ecs': [
      'ECSClient',
      ...commands(
        'DescribeTaskDefinition',
        'DescribeTasks',
        'ListTasks',
        'RegisterTaskDefinition',
        'RunTask',
        'StopTask',
      ),
    ],
  },
  redrive: {
    ...dynamodb('GetItem', 'TransactWriteItems'),
    ...s3('GetObject', 'DeleteObject', 'ListObjectsV2'),
    '@aws-sdk/client-eventbridge': ['EventBridgeClient', ...commands('PutEvents')],
  },
};

/** A module that exports all of them, so that a bundler keeps them. */
export const toModule = (floor: Floor): string => {
  const imports = Object.entries(floor).map(
    ([from, names]) => `import { ${names.join(', ')} } from '${from}';`,
  );
  const names = Object.values(floor).flat();
  const made = names.map((name) => (/Client$|^Hono$/.test(name) ? `new ${name}({})` : `String(${name})`));
  return `${imports.join('\n')}\nexport const handler = () => [${made.join(', ')}];\nhandler();\n`;
};
