import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BlobRemoval } from '../../lib/adapters/s3/blob-removal.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { accountFor } from '../invocation.ts';

const { table, bucket, auditDays } = readEnvironment('table', 'bucket', 'auditDays');
const blobs = new BlobRemoval(createS3Client(), bucket);
const sweeper = new Sweeper(new Table(createDynamoClient(), table), blobs, Date.now, Number(auditDays));

/** One run of the sweeper; it logs how many rows of each sort it finished. */
export const handler = accountFor(
  'sweep',
  () => sweeper.run(),
  (_, { failed = 0, ...finished }) => {
    const swept = Object.values(finished).reduce((sum, count) => sum + count, 0);
    return {
      fields: { swept: finished },
      metrics: [{ values: { Sweeps: 1, Swept: swept, Postponed: failed } }],
    };
  },
);
