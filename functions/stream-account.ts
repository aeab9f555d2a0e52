import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Account } from './invocation.ts';

/** What a function of the stream tells of a batch: how old its oldest change had become, and how many have to come again. */
export const accountForBatch = (
  { Records }: DynamoDBStreamEvent,
  { batchItemFailures }: DynamoDBBatchResponse,
): Account => {
  // Seconds; a record of the stream says no more.
  const times = Records.flatMap(({ dynamodb }) => dynamodb?.ApproximateCreationDateTime ?? []);
  const lag = times.length === 0 ? {} : { Lag: Math.max(0, Date.now() - Math.min(...times) * 1000) };
  const values = { ...lag, Changes: Records.length, Unfinished: batchItemFailures.length };
  return { metrics: [{ by: 'function', values }] };
};
