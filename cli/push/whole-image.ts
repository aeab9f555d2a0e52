import type { ImageManifest } from '../../client/image-manifest.ts';
import type { Image } from '../../client/image-sending.ts';
import { UsageError } from '../usage-error.ts';
import { filesOfArchive, filesOfDirectory } from './image-files.ts';
import { type ImageStore, openManifest, readLayout, readTransport } from './image-store.ts';
import type { PackagedImage } from './packaged-image.ts';
import type { PushedSource } from './pushed-source.ts';
import { readSaved } from './saved-image.ts';

/** Opens the images of a tool; `tag` chooses one from the format of `docker save`. Throws `UsageError`. */
export const openStore = async (
  { path, called, isDirectory }: PushedSource,
  as: Exclude<PackagedImage['as'], 'bundle'>,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<ImageStore> => {
  const files = isDirectory ? filesOfDirectory(path) : await filesOfArchive(path, called, signal);
  try {
    if (as === 'saved') return await readSaved(files, tag, signal);
    return await (as === 'layout' ? readLayout(files) : readTransport(files));
  } catch (error) {
    await files.close();
    throw error;
  }
};

/** The manifests of an index, and of those in it. */
const MAX_MANIFESTS = 1_000;

/** An image whose parts are all present. */
export interface WholeImage extends Image {
  /** The image's own manifest or index first, then those in its index. */
  readonly manifests: readonly [ImageManifest, ...ImageManifest[]];
}

const assertThere = async (store: ImageStore, manifest: ImageManifest): Promise<void> => {
  const { config, layers, others } = manifest;
  for (const [what, { digest, size }] of [
    ...(config ? [['config', config] as const] : []),
    ...layers.map((layer) => ['layer', layer] as const),
    ...others.map((other) => ['blob', other] as const),
  ]) {
    const found = await store.find(digest);
    if (!found) throw new UsageError(`${store.path} lacks the ${what} ${digest} that its manifest names`);
    const actual = found instanceof Uint8Array ? found.length : found.size;
    if (actual !== size)
      throw new UsageError(
        `${store.path}: the ${what} ${digest} has ${actual} bytes, and its manifest says ${size}`,
      );
  }
};

/** An image or an index of a store. Throws `UsageError` if a part of it is missing or invalid. */
export const openImage = async (store: ImageStore, digest: string): Promise<WholeImage> => {
  const { bytes, ...own } = await openManifest(store, digest);
  const manifests: [ImageManifest, ...ImageManifest[]] = [own];
  for (const manifest of manifests) {
    await assertThere(store, manifest);
    if (manifests.length > MAX_MANIFESTS)
      throw new UsageError(`${store.path}: its index has more than ${MAX_MANIFESTS} manifests`);
    for (const each of manifest.manifests) {
      if (!manifests.some((known) => known.digest === each.digest))
        manifests.push(await openManifest(store, each.digest));
    }
  }
  return { manifest: bytes, manifests, open: (each) => store.find(each) };
};
