import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';

/**
 * The steps of a client, to add one that sees every later call with a context of its own. The product's client makes the chain of a command once,
 * without steps that come later.
 */
export const addedSteps = (client: DynamoDBClient | S3Client): DynamoDBClient['middlewareStack'] => {
  Object.assign(client.config, { cacheMiddleware: false });
  return (client as DynamoDBClient).middlewareStack;
};
