/**
 * Every function once: what runs, what triggers it, what it may touch. The CDK stack and the local host both
 * read this table and nothing else, so what runs on a laptop is what is deployed.
 */

import { ELEMENT_ROW, LOCATIONS_PARTITION } from '../lib/adapters/dynamodb/keys.ts';

interface HttpTrigger {
  readonly kind: 'http';
}

/** Records of the table's stream, in order for one element. */
interface StreamTrigger {
  readonly kind: 'stream';
  /** The rows whose changes matter, by one of their keys; edges, guards and such never cost a call. */
  readonly rows: readonly ({ readonly pk: string } | { readonly sk: string })[];
  readonly batchSize: number;
  /** A record that keeps failing is set aside after this long, so that it cannot block its shard for a day. */
  readonly maxRecordAgeSeconds: number;
  readonly retryAttempts: number;
}

interface ScheduleTrigger {
  readonly kind: 'schedule';
  readonly everyMinutes: number;
}

export interface FunctionWiring {
  readonly name: 'api' | 'publish' | 'sweep';
  readonly description: string;
  /** Path of the module, from the repository's root; it exports `handler`. */
  readonly entry: string;
  readonly trigger: HttpTrigger | StreamTrigger | ScheduleTrigger;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** The IAM actions it gets, by resource; `index` is the table's indexes. */
  readonly actions: Partial<Record<Resource, readonly string[]>>;
}

export type Resource = 'table' | 'index' | 'bucket' | 'bus';

export { environmentNames } from '../lib/adapters/environment.ts';

export const functions: readonly FunctionWiring[] = [
  {
    name: 'api',
    description: 'The HTTP API',
    entry: 'functions/api/index.ts',
    trigger: { kind: 'http' },
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
      ],
      index: ['dynamodb:Query'],
      bucket: ['s3:PutObject', 's3:GetObject'],
    },
  },
  {
    name: 'publish',
    description: 'Turns changes of the table into events on the bus',
    entry: 'functions/publish/index.ts',
    trigger: {
      kind: 'stream',
      rows: [{ sk: ELEMENT_ROW }, { pk: LOCATIONS_PARTITION }],
      batchSize: 100,
      maxRecordAgeSeconds: 6 * 3600,
      retryAttempts: 100,
    },
    memoryMiB: 256,
    timeoutSeconds: 30,
    actions: { bus: ['events:PutEvents'] },
  },
  {
    name: 'sweep',
    description: 'Finishes or removes what crashes left behind, found by its due time',
    entry: 'functions/sweep/index.ts',
    trigger: { kind: 'schedule', everyMinutes: 1 },
    memoryMiB: 256,
    timeoutSeconds: 60,
    actions: {
      table: [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
      ],
      index: ['dynamodb:Query'],
      bucket: ['s3:DeleteObject'],
    },
  },
];

/** Rules of the bus; on a laptop the target `log` prints one line an event, on AWS it is a log group. */
export const rules = [{ name: 'every-event', source: 'taskport', target: 'log' }] as const;

/** The source of every event that this system publishes. */
export const eventBusName = 'taskport';
