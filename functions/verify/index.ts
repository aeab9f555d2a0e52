import { randomUUID } from 'node:crypto';
import type { EventBridgeEvent } from 'aws-lambda';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LocationTable } from '../../lib/adapters/dynamodb/location-table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { createSaves } from '../../lib/composition/saves.ts';
import { verifyUpload } from '../../lib/element/upload/verify-upload.ts';
import { requestedBy } from '../../lib/event/verification-request.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { accountFor } from '../invocation.ts';

const { table: name, bucket, store } = readEnvironment('table', 'bucket', 'store');
const table = new Table(createDynamoClient(), name);
const elements = new ElementTable(table);
const deps = {
  elements,
  saves: createSaves({ elements, compositions: new CompositionTable(table), now: Date.now }),
  blobs: new BlobBucket(createS3Client(), { bucket, enforces: store === 'enforcing' }),
  known: new LocationCache(new LocationTable(table), Date.now),
  now: Date.now,
  newId: randomUUID,
};

/** Verifies the uploaded data of one element, and accepts or refuses it. */
const verify = async ({ detail }: EventBridgeEvent<string, unknown>) => {
  const { id, attempt } = requestedBy(detail);
  return { element: id, verdict: await verifyUpload(deps, id, attempt) };
};

export const handler = accountFor('verify', verify, (_, fields) => ({
  fields,
  metrics: [{ by: 'verdict', values: { Verified: 1 } }],
}));
