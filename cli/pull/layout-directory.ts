import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../client/image-manifest.ts';
import { inParallel } from '../../client/in-parallel.ts';
import { isObject } from '../../lib/is-object.ts';
import { UsageError } from '../usage-error.ts';
import { blobPath, type ImageContents, type ImageName, indexOf, LAYOUT } from './image-contents.ts';

/** The most blobs to download at a time. */
const PARALLEL = 8;

/** The entries of an existing layout; empty for a missing or empty directory. Throws `UsageError` for any other. */
const readEntries = async (root: string): Promise<readonly Descriptor[]> => {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(
      `${root} is no directory that can be read: ${error.message}; an archive ends in .tar`,
    );
  });
  if (names.length === 0 || !names.includes('index.json')) {
    const others = names.filter((name) => !['oci-layout', 'blobs'].includes(name));
    if (others.length === 0) return [];
    throw new UsageError(
      `${root} has other files in it: name a directory that is new, or an OCI image layout`,
    );
  }
  const index: unknown = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'));
  return isObject(index) && Array.isArray(index.manifests) ? index.manifests : [];
};

const isWhole = (path: string, size: number): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile() && found.size === size,
    () => false,
  );

/**
 * Writes an image into an OCI image layout, which may have others. A blob gets its name only once it is verified, and is not downloaded
 * again; the image is in the index only once all of it is there.
 */
export const writeLayout = async (
  root: string,
  contents: ImageContents,
  name: ImageName | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const entries = await readEntries(root);
  const { manifests, blobs } = contents;
  await mkdir(join(root, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(root, 'oci-layout'), LAYOUT);
  for (const { digest, bytes } of manifests) await writeFile(join(root, blobPath(digest)), bytes);
  await inParallel(blobs, PARALLEL, signal, async (blob, either) => {
    const path = join(root, blobPath(blob.digest));
    if (await isWhole(path, blob.size)) return;
    await contents.receive(blob, path, either);
  });
  const index = join(root, 'index.json');
  await writeFile(`${index}.part`, indexOf(contents, name, entries));
  await rename(`${index}.part`, index);
};
