import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { storePatience } from '../../store-patience.ts';

/** The timeout to connect includes the wait for a socket, so a burst of calls in one process needs many sockets. */
const agent = { maxSockets: 500, keepAlive: true };

/**
 * The client of the table. It never retries by itself: `Table` does, since it has to know which write is a
 * repeat. The SDK reads endpoint, region and credentials from the environment.
 */
export const createDynamoClient = (): DynamoDBClient => {
  const client = new DynamoDBClient({
    maxAttempts: 1,
    // Otherwise the SDK makes its chain of steps for every call anew, which is a sixth of the time of a read.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: storePatience(1_000),
      requestTimeout: storePatience(5_000),
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  // This middleware copies each request and each answer for a logger that we do not have. That is a quarter of
  // the SDK's time for a transaction.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
