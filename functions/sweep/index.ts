import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { Table } from '../../lib/adapters/dynamodb/table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BlobBucket, createS3Client } from '../../lib/adapters/s3/blob-bucket.ts';

const { table, bucket } = readEnvironment('table', 'bucket');
const sweeper = new Sweeper(
  new Table(createDynamoClient(), table),
  new BlobBucket(createS3Client(), bucket),
  Date.now,
);

/** One run of the sweeper; its counts go to the log. */
export const handler = async (): Promise<void> => {
  const counts = await sweeper.run();
  if (Object.keys(counts).length > 0) console.info(JSON.stringify({ message: 'swept', ...counts }));
};
