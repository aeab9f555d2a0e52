import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { readEnvironment, readLogShards } from '../../lib/adapters/environment.ts';
import { accountFor } from '../invocation.ts';
import { accountForBatch } from '../stream-account.ts';
import { createHandler } from './handler.ts';

const { log, auditDays } = readEnvironment('log', 'auditDays');

const table = new Table(createDynamoClient(), log);
const audit = createHandler(new EventLogTable(table, readLogShards()), Number(auditDays));

export const handler = accountFor('audit', audit, accountForBatch);
