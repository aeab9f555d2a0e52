import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { Table } from '../../lib/adapters/dynamodb/table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { createHandler } from './handler.ts';

const { log, auditDays } = readEnvironment('log', 'auditDays');

export const handler = createHandler(
  new EventLogTable(new Table(createDynamoClient(), log)),
  Number(auditDays),
);
