import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { toChange } from '../../lib/adapters/dynamodb/stream-record.ts';
import { eventsOf } from '../../lib/event/catalogue.ts';
import type { Change } from '../../lib/event/change.ts';
import type { EventBus } from '../../lib/event/event-bus.ts';
import { type Outgoing, publish } from '../../lib/event/publish.ts';
import { requestsOf } from '../../lib/event/verification-request.ts';

interface Queued extends Outgoing {
  readonly sequenceNumber: string;
}

/** The record whose changes stay in order. */
const laneOf = ({ before, after }: Change): string | undefined => {
  const image = after ?? before;
  if (image?.row === 'composition') return image.composition.executorId;
  if (image?.row === 'tag' || image?.row === 'gone-tag') return image.attributes.tag;
  if (image?.row === 'session') return image.session.executorId;
  if (image?.row === 'runner') return image.runner.location;
  return image?.row === 'location' || image?.row === 'gone-location'
    ? image.attributes.name
    : image?.attributes.id;
};

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
        lane: laneOf(change) ?? event.detail.id,
        sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
      }));
    });
    const [left] = await publish(bus, queue);
    return { batchItemFailures: left ? [{ itemIdentifier: left.sequenceNumber }] : [] };
  };
