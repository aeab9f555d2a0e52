import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { toChange } from '../../lib/adapters/dynamodb/stream-record.ts';
import { eventsOf } from '../../lib/event/catalogue.ts';
import type { EventBus } from '../../lib/event/event-bus.ts';
import { ordererOf } from '../../lib/event/named.ts';
import { type Outgoing, publish } from '../../lib/event/publish.ts';
import { requestsOf } from '../../lib/event/verification-request.ts';

interface Queued extends Outgoing {
  readonly sequenceNumber: string;
}

/**
 * Publishes the events of a batch of the stream's records; a failed batch starts again from the first record
 * that failed.
 */
export const createHandler =
  (bus: EventBus) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const queue = Records.flatMap((record): Queued[] => {
      const change = toChange(record);
      return [...eventsOf(change), ...requestsOf(change)].map((event) => ({
        event,
        lane: 'source' in event ? event.detail.id : ordererOf(event),
        sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
      }));
    });
    const [left] = await publish(bus, queue);
    return { batchItemFailures: left ? [{ itemIdentifier: left.sequenceNumber }] : [] };
  };
