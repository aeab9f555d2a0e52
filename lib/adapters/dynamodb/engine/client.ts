import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { storePatience } from '../../store-patience.ts';

/** The time to connect begins with the wait for a socket, so that a burst of calls in one process must find enough. */
const agent = { maxSockets: 500, keepAlive: true };

/**
 * The client of the table. It never retries by itself: `Table` does, since it has to know when a write is a
 * repeat. Endpoint, region and credentials come from the environment, as the SDK reads it.
 */
export const createDynamoClient = (): DynamoDBClient => {
  const client = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: storePatience(1_000),
      requestTimeout: storePatience(5_000),
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  // It copies each request and each answer for a logger that nobody gave: a quarter of what the SDK takes for a transaction.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
