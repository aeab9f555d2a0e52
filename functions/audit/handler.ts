import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { toChange } from '../../lib/adapters/dynamodb/stream-record.ts';
import { eventsOf } from '../../lib/event/catalogue.ts';
import type { EventLog } from '../../lib/event/event-log.ts';

/** Logs the events of a batch of the stream's records; a repeated batch logs nothing twice. */
export const createHandler =
  (log: EventLog, auditDays: number) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const entering = Records.flatMap((record) => {
      const sequence = record.dynamodb?.SequenceNumber ?? '';
      return eventsOf(toChange(record)).map((event, order) => ({ event, sequence, order }));
    });
    await log.append(entering, auditDays);
    return { batchItemFailures: [] };
  };
