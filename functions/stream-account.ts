import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Account } from './invocation.ts';

/**
 * The telemetry of a stream function about a batch: the age of its oldest change, and the number of changes that
 * have to come again.
 */
export const accountForBatch = (
  { Records }: DynamoDBStreamEvent,
  { batchItemFailures }: DynamoDBBatchResponse,
): Account => {
  // Seconds, the precision of a record of the stream.
  const times = Records.flatMap(({ dynamodb }) => dynamodb?.ApproximateCreationDateTime ?? []);
  const lag = times.length === 0 ? {} : { Lag: Math.max(0, Date.now() - Math.min(...times) * 1000) };
  const values = { ...lag, Changes: Records.length, Unfinished: batchItemFailures.length };
  return { metrics: [{ by: 'function', values }] };
};
