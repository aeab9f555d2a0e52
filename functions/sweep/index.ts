import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { Table } from '../../lib/adapters/dynamodb/table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';

const { table, bucket, store } = readEnvironment('table', 'bucket', 'store');
const blobs = new BlobBucket(createS3Client(), { bucket, enforces: store === 'enforcing' });
const sweeper = new Sweeper(new Table(createDynamoClient(), table), blobs, Date.now);

/** One run of the sweeper; its counts go to the log. */
export const handler = async (): Promise<void> => {
  const counts = await sweeper.run();
  if (Object.keys(counts).length > 0) console.info(JSON.stringify({ message: 'swept', ...counts }));
};
