import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { toChange } from '../../lib/adapters/dynamodb/stream-record.ts';
import type { EventBus } from '../../lib/event/event-bus.ts';
import { eventsOf } from '../../lib/event/from-change.ts';
import { type Outgoing, publish } from '../../lib/event/publish.ts';
import { requestsOf } from '../../lib/event/verification-request.ts';

interface Queued extends Outgoing {
  readonly sequenceNumber: string;
}

/** Publishes what a batch of the stream's records tells; the batch is taken up again from the first that failed. */
export const createHandler =
  (bus: EventBus) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const queue = Records.flatMap((record): Queued[] => {
      const change = toChange(record);
      const lane = (change.after ?? change.before)?.attributes;
      return [...eventsOf(change), ...requestsOf(change)].map((event) => ({
        event,
        lane: lane && 'id' in lane ? lane.id : event.detail.id,
        sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
      }));
    });
    const [left] = await publish(bus, queue);
    return { batchItemFailures: left ? [{ itemIdentifier: left.sequenceNumber }] : [] };
  };
