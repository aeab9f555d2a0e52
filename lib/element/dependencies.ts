import type { IdempotencyStore } from '../idempotency.ts';
import type { KnownLocations } from '../location/known-locations.ts';
import type { BlobStore } from './blob-store.ts';
import type { ElementStore } from './element-store.ts';
import type { UploadLimits } from './upload.ts';

/** What the operations on elements stand on. */
export interface ElementDependencies {
  readonly elements: ElementStore;
  readonly blobs: BlobStore;
  readonly known: KnownLocations;
  readonly idempotency: IdempotencyStore;
  readonly now: () => number;
  readonly newId: () => string;
  readonly limits: UploadLimits;
}
