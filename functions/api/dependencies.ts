import { randomUUID } from 'node:crypto';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import { IdempotencyTable } from '../../lib/adapters/dynamodb/idempotency-table.ts';
import { LocationTable } from '../../lib/adapters/dynamodb/location-table.ts';
import { Table } from '../../lib/adapters/dynamodb/table.ts';
import { BlobBucket, createS3Client } from '../../lib/adapters/s3/blob-bucket.ts';
import type { ElementDependencies } from '../../lib/element/dependencies.ts';
import { KnownLocations } from '../../lib/location/known-locations.ts';
import type { LocationDependencies } from '../../lib/location/locations.ts';

/** What the routes stand on. */
export type Dependencies = ElementDependencies & LocationDependencies;

/** The domain on its real stores. */
export const createDependencies = (resources: {
  readonly table: string;
  readonly bucket: string;
}): Dependencies => {
  const table = new Table(createDynamoClient(), resources.table);
  const locations = new LocationTable(table);
  return {
    elements: new ElementTable(table),
    blobs: new BlobBucket(createS3Client(), resources.bucket),
    locations,
    known: new KnownLocations(locations, Date.now),
    idempotency: new IdempotencyTable(table),
    now: Date.now,
    newId: randomUUID,
  };
};
