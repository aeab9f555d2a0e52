import type { CloudFormationCustomResourceEvent, DynamoDBStreamEvent } from 'aws-lambda';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { readEnvironment, readLogShards } from '../../lib/adapters/environment.ts';
import { accountFor } from '../invocation.ts';
import { accountForBatch } from '../stream-account.ts';
import type { createAnswer } from './deployment.ts';
import { createHandler } from './handler.ts';

const { log, auditDays } = readEnvironment('log', 'auditDays');

const table = new Table(createDynamoClient(), log);
const audit = accountFor(
  'audit',
  createHandler(new EventLogTable(table, readLogShards()), Number(auditDays)),
  accountForBatch,
);
// Calls by a deployment are rare, so their code is loaded on demand.
const reply: ReturnType<typeof createAnswer> = async (request) =>
  (await import('./deployment.ts')).createAnswer(table)(request);
const answer = accountFor('audit', reply, (_, fields) => ({ fields, metrics: [] }));

type Context = Parameters<typeof audit>[1];

export function handler(batch: DynamoDBStreamEvent, context?: Context): ReturnType<typeof audit>;
export function handler(
  request: CloudFormationCustomResourceEvent,
  context?: Context,
): ReturnType<typeof answer>;
export function handler(event: DynamoDBStreamEvent | CloudFormationCustomResourceEvent, context?: Context) {
  return 'Records' in event ? audit(event, context) : answer(event, context);
}
