import { findPaths } from '../element/archive/path-index.ts';
import type { BlobStore } from '../element/blob-store.ts';
import { nestedMounts } from './plan/mount-under-file.ts';
import type { PlannedStorage } from './plan/plan-input.ts';

/**
 * Adds to each storage what its archives have at the paths above storage that is mounted in it. It reads only
 * the indexes of storage that has such mounts, all at once. `blobOf` is the place of an element's data.
 */
export const withKnownPaths = (
  blobs: Pick<BlobStore, 'readPaths'>,
  storage: readonly PlannedStorage[],
  blobOf: (id: string) => string | undefined,
): Promise<PlannedStorage[]> => {
  const nested = nestedMounts(storage);
  return Promise.all(
    storage.map(async (one) => {
      const paths = nested.filter(({ outer }) => outer === one).flatMap(({ way }) => way);
      if (paths.length === 0) return one;
      const layers = one.layers.map(async (layer) => {
        const blob = blobOf(layer.id);
        const index = blob === undefined ? undefined : await blobs.readPaths(blob);
        return index ? { ...layer, paths: await findPaths(index, paths) } : layer;
      });
      return { ...one, layers: await Promise.all(layers) };
    }),
  );
};
