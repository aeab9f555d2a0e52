/**
 * Every function: its module, trigger and permissions. The CDK stack and the local host read only this table, so a laptop runs what is deployed.
 */
import {
  COMPOSITION_ROW,
  ELEMENT_ROW,
  LOCATIONS_PARTITION,
  RUNNER_ROW,
  SESSION_ROW,
  TAG_ROW,
} from '../lib/adapters/dynamodb/keys.ts';
import { EVENT_SOURCE, INTERNAL_SOURCE } from '../lib/event/source.ts';
import { SUPERVISION_DUE } from '../lib/event/supervision-due.ts';
import { VERIFICATION_REQUESTED } from '../lib/event/verification-request.ts';
import type { FunctionWiring, StreamTrigger } from './function-wiring.ts';

export { ADMINISTRATORS, environmentNames, LOG_SHARDS } from '../lib/adapters/environment.ts';

/** Rows whose changes make events; other rows, such as edges and guards, call no function. */
const eventRows = [
  { sk: ELEMENT_ROW },
  { sk: COMPOSITION_ROW },
  { sk: TAG_ROW },
  { sk: RUNNER_ROW },
  { sk: SESSION_ROW },
  { pk: LOCATIONS_PARTITION },
];

/** Actions on the table for changes of elements and compositions (ADR 2). */
const protocolActions = [
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
] as const;

/** The publisher and the audit trail read the stream in the same way. */
const changes: StreamTrigger = {
  kind: 'stream',
  rows: eventRows,
  batchSize: 100,
  maxRecordAgeSeconds: 6 * 3600,
  retryAttempts: 100,
};

export const functions: readonly FunctionWiring[] = [
  {
    name: 'api',
    description: 'The HTTP API',
    entry: 'functions/api/index.ts',
    trigger: {
      kind: 'http',
      paths: ['/{proxy+}'],
      ownSignIn: {
        // `{proxy+}` does not match an empty rest of the path.
        paths: ['/v2/', '/v2/{proxy+}'],
        reason:
          'Clients of registries neither sign requests nor have tokens of an issuer: the function asks them for a credential that it has signed.',
      },
    },
    memoryMiB: 1024,
    timeoutSeconds: 29,
    actions: {
      table: [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'dynamodb:ConditionCheckItem',
      ],
      index: ['dynamodb:Query'],
      log: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
      bucket: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      // Without this permission S3 answers 403 for a missing object, like for a missing permission.
      listing: ['s3:ListBucket'],
      registrySecret: ['secretsmanager:GetSecretValue'],
      engineLogs: ['logs:GetLogEvents'],
    },
  },
  {
    name: 'console',
    description: 'The console: its page and its files',
    entry: 'functions/console/index.ts',
    page: true,
    trigger: {
      kind: 'http',
      paths: ['/', '/console/{proxy+}'],
      open: 'A browser fetches a page before it has a token; the files are the same for everybody, and hold no data.',
    },
    memoryMiB: 256,
    timeoutSeconds: 10,
    actions: {},
  },
  {
    name: 'publish',
    description: 'Turns changes of the table into events on the bus',
    entry: 'functions/publish/index.ts',
    trigger: changes,
    memoryMiB: 256,
    timeoutSeconds: 30,
    actions: { bus: ['events:PutEvents'] },
  },
  {
    name: 'audit',
    description: 'Keeps what happened: the audit trail, and the log that clients follow',
    entry: 'functions/audit/index.ts',
    // A larger batch lets each transaction write more events into a shard.
    trigger: { ...changes, batchSize: 500 },
    memoryMiB: 256,
    timeoutSeconds: 60,
    actions: { log: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'] },
  },
  {
    name: 'verify',
    description: 'Reads what was uploaded, and settles what becomes of it',
    entry: 'functions/verify/index.ts',
    trigger: {
      kind: 'event',
      events: [{ source: INTERNAL_SOURCE, detailTypes: [VERIFICATION_REQUESTED] }],
      retryAttempts: 2,
    },
    // One whole processor, because it hashes and unpacks.
    memoryMiB: 1769,
    timeoutSeconds: 900,
    actions: {
      table: protocolActions,
      bucket: ['s3:PutObject', 's3:GetObject'],
      listing: ['s3:ListBucket'],
    },
  },
  {
    name: 'supervise',
    description:
      'Keeps the deadlines of tasks, starts them again, and goes on with compositions that are closing',
    entry: 'functions/supervise/index.ts',
    trigger: {
      kind: 'event',
      events: [
        {
          source: EVENT_SOURCE,
          detailTypes: ['Task Bound', 'Task Started', 'Task Exited', 'Volume Settled'],
        },
        { source: INTERNAL_SOURCE, detailTypes: [SUPERVISION_DUE] },
      ],
      retryAttempts: 2,
    },
    memoryMiB: 256,
    timeoutSeconds: 30,
    actions: {
      table: protocolActions,
      alarms: ['scheduler:CreateSchedule'],
      alarmRole: ['iam:PassRole'],
    },
  },
  {
    name: 'sweep',
    description: 'Finishes or removes what crashes left behind, found by its due time',
    entry: 'functions/sweep/index.ts',
    trigger: { kind: 'schedule', everyMinutes: 1 },
    memoryMiB: 256,
    timeoutSeconds: 60,
    actions: {
      table: protocolActions,
      index: ['dynamodb:Query'],
      bucket: ['s3:DeleteObject', 's3:AbortMultipartUpload'],
    },
  },
  {
    name: 'rotate',
    description: 'Changes the key that credentials of the registry are signed with',
    entry: 'functions/rotate/index.ts',
    // Much longer than the lifetime of a credential, and of a function's cache of keys.
    trigger: { kind: 'schedule', everyMinutes: 6 * 60 },
    memoryMiB: 256,
    timeoutSeconds: 30,
    actions: { registrySecret: ['secretsmanager:PutSecretValue'] },
  },
  {
    name: 'redrive',
    description: 'Gives batches of the stream that were set aside to their functions again',
    entry: 'functions/redrive/index.ts',
    trigger: { kind: 'manual' },
    memoryMiB: 256,
    timeoutSeconds: 900,
    actions: {
      log: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
      bus: ['events:PutEvents'],
      failures: ['s3:GetObject', 's3:DeleteObject'],
      failureListing: ['s3:ListBucket'],
    },
  },
];

/** Functions of optional engines, by the name that locations use. */
export const engineFunctions: Readonly<Record<'fargate', FunctionWiring>> = {
  fargate: {
    name: 'dispatch',
    description: 'Has tasks run on Fargate, and tells what became of them',
    entry: 'functions/dispatch/index.ts',
    trigger: {
      kind: 'event',
      events: [
        {
          source: EVENT_SOURCE,
          detailTypes: ['Task Bound', 'Task Unbound', 'Task Halted', 'Executor Deleted'],
        },
        { source: 'aws.ecs', detailTypes: ['ECS Task State Change'], ofEcs: true },
      ],
      retryAttempts: 2,
      everyMinutes: 10,
    },
    memoryMiB: 256,
    timeoutSeconds: 60,
    actions: {
      table: [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:DeleteItem',
      ],
      bucket: ['s3:GetObject'],
      listing: ['s3:ListBucket'],
      registrySecret: ['secretsmanager:GetSecretValue'],
      pullSecret: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      ecsDefinitions: [
        'ecs:DeregisterTaskDefinition',
        'ecs:DescribeTaskDefinition',
        'ecs:RegisterTaskDefinition',
      ],
      ecsRuns: ['ecs:RunTask'],
      ecsTasks: ['ecs:DescribeTasks', 'ecs:StopTask', 'ecs:TagResource'],
      ecsLists: ['ecs:ListTasks'],
      ecsRoles: ['iam:PassRole'],
    },
  },
};

/** All functions, with optional ones. */
export const allFunctions: readonly FunctionWiring[] = [...functions, ...Object.values(engineFunctions)];

/** Rules of the bus. The target `log` prints a line per event on a laptop; on AWS it is a log group, if the deployment wants one. */
export const rules = [{ name: 'every-event', source: 'taskport', target: 'log' }] as const;

/** The name of the local host's bus; on AWS the deployment chooses it. */
export const eventBusName = 'taskport';
