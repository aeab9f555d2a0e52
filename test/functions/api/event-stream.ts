import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { expect, vi } from 'vitest';
import { createHandler } from '../../../functions/audit/handler.ts';
import { clientConfig } from '../../../infra/local/client-config.ts';
import { startStream } from '../../../infra/local/stream.ts';
import { elementKey } from '../../../lib/adapters/dynamodb/keys.ts';
import { tableSchema } from '../../../lib/adapters/dynamodb/table-schema.ts';
import { PATIENCE } from '../../patience.ts';
import { AUDIT_DAYS, startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, makeLocations } from './support.ts';

/** A Taskport whose stream goes into the log, as the function `audit` does it. */
export interface LoggedTaskport extends Taskport {
  /** Waits until the log has all changes so far. */
  logged(): Promise<void>;
}

/** Starts one; elements in its location `marks` serve to wait for the log. */
export const startLogged = async (url: string): Promise<LoggedTaskport> => {
  const taskport = await startTaskport(url, undefined, tableSchema);
  const { log } = taskport.dependencies;
  const config = clientConfig(url);
  const audit = createHandler(log, AUDIT_DAYS) as (
    batch: DynamoDBStreamEvent,
  ) => Promise<DynamoDBBatchResponse>;
  const logged = new Set<string>();
  const handler = async (batch: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const answer = await audit(batch);
    // Only after the whole batch, because events in other shards may come later although they happened before.
    for (const { dynamodb } of batch.Records) logged.add(dynamodb?.Keys?.pk?.S ?? '');
    return answer;
  };
  const stream = startStream({ config, tableName: taskport.table, name: 'audit', batchSize: 100, handler });
  await makeLocations(taskport, { name: 'marks', kind: 'log' });
  let marks = 0;
  return {
    ...taskport,
    async logged() {
      marks += 1;
      const id = `log://marks/${marks}`;
      await bodyOf(taskport.call('POST', '/v1/elements', { body: { id } }), 201);
      await vi.waitFor(() => expect(logged).toContain(elementKey(id).pk), PATIENCE);
    },
    async stop() {
      await stream.stop();
      await taskport.stop();
    },
  };
};
