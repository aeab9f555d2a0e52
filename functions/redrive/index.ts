import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { readEnvironment, readLogShards } from '../../lib/adapters/environment.ts';
import { BridgeBus, createEventBridgeClient } from '../../lib/adapters/eventbridge/bridge-bus.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { SetAsideBucket } from '../../lib/adapters/s3/set-aside-bucket.ts';
import { type RedriveReport, redrive } from '../../lib/event/redrive.ts';
import { createHandler as createAudit } from '../audit/handler.ts';
import { accountFor } from '../invocation.ts';
import { createHandler as createPublish } from '../publish/handler.ts';

const environment = readEnvironment('bus', 'log', 'auditDays', 'failures', 'publish', 'audit');

const log = new EventLogTable(new Table(createDynamoClient(), environment.log), readLogShards());
const functions: Record<string, (batch: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>> = {
  [environment.publish]: createPublish(new BridgeBus(createEventBridgeClient(), environment.bus)),
  [environment.audit]: createAudit(log, Number(environment.auditDays)),
};
const setAside = new SetAsideBucket(createS3Client(), environment.failures);

/** One run over the batches that were set aside; it answers which were handled and which failed. */
const run = (): Promise<RedriveReport> =>
  redrive(setAside, async (functionArn, batch) => {
    // A version or an alias may follow the function's own ARN.
    const name = Object.keys(functions).find(
      (arn) => functionArn === arn || functionArn.startsWith(`${arn}:`),
    );
    if (name === undefined) throw new Error(`${functionArn} is none of the functions of the stream`);
    return (functions[name] as (typeof functions)[string])(batch as DynamoDBStreamEvent);
  });

export const handler = accountFor('redrive', run, (_, { redriven, left }) => ({
  fields: { left },
  metrics: [{ values: { Redriven: redriven, Left: left.length } }],
}));
