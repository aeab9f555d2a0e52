import type { IdempotencyStore } from '../idempotency.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { BlobStore } from './blob-store.ts';
import type { ElementStore } from './element-store.ts';
import type { TagStore } from './registry/tag-store.ts';
import type { Saves } from './upload/settle-upload.ts';
import type { UploadLimits } from './upload/upload.ts';

/** The dependencies of the operations on elements. */
export interface ElementDependencies {
  readonly elements: ElementStore;
  readonly tags: TagStore;
  readonly blobs: BlobStore;
  readonly known: LocationCache;
  readonly idempotency: IdempotencyStore;
  readonly now: () => number;
  readonly newId: () => string;
  readonly limits: UploadLimits;
  readonly saves: Saves;
}
