import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptor } from '../../client/image-manifest.ts';
import { writeWhole } from '../../client/platform/whole-file.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { isObject } from '../../lib/is-object.ts';
import { UsageError } from '../usage-error.ts';
import { blobPath, type ImageContents, type ImageName, indexOf, LAYOUT } from './image-contents.ts';

/** The most blobs to download at a time. */
const PARALLEL = 8;
/** Milliseconds between looks at the lock of the index, and the age at which another pull removes the lock. */
const LOOK_MS = 20;
const LOCK_MS = 10_000;
/** Files of a layout, and of pulls that write them. */
const OURS = /^(?:oci-layout|blobs|index\.json)(?:\.|$)/;

/** The entries of an existing layout; empty for a missing or empty directory. Throws `UsageError` for any other. */
const readEntries = async (root: string): Promise<readonly Descriptor[]> => {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(
      `${root} is no directory that can be read: ${error.message}; an archive ends in .tar`,
    );
  });
  if (names.length === 0 || !names.includes('index.json')) {
    if (names.every((name) => OURS.test(name))) return [];
    throw new UsageError(
      `${root} has other files in it: name a directory that is new, or an OCI image layout`,
    );
  }
  const index: unknown = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'));
  return isObject(index) && Array.isArray(index.manifests) ? index.manifests : [];
};

/** Whether a file has the bytes of a digest. A killed pull, or another program, may have left other bytes. */
const isWhole = async (path: string, { digest, size }: Descriptor, signal: AbortSignal): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size !== size) return false;
  const [algorithm = '', expected] = digest.split(':');
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  return hash.digest('hex') === expected;
};

const write = (path: string, content: string | Uint8Array): Promise<void> =>
  writeWhole(path, (file) => file.writeFile(content));

/** Does work while no other pull changes the index. Removes the lock that a killed pull left behind. */
const whileLocked = async (path: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const isHeld = await writeFile(path, '', { flag: 'wx' }).then(
      () => false,
      async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        const since = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
        if (Date.now() - since > LOCK_MS) await rm(path, { force: true });
        return true;
      },
    );
    if (!isHeld) break;
    await sleep(LOOK_MS, undefined, { signal });
  }
  try {
    await work();
  } finally {
    await rm(path, { force: true });
  }
};

/**
 * Writes an image into an OCI image layout, which may have others. Other pulls may write into it at the same time. A blob gets its name
 * after its verification; no pull downloads it again. The index names the image once the layout has all of it.
 */
export const writeLayout = async (
  root: string,
  contents: ImageContents,
  name: ImageName | undefined,
  signal: AbortSignal,
): Promise<void> => {
  await readEntries(root);
  const { manifests, blobs } = contents;
  await mkdir(join(root, 'blobs', 'sha256'), { recursive: true });
  await write(join(root, 'oci-layout'), LAYOUT);
  for (const { digest, bytes } of manifests) await write(join(root, blobPath(digest)), bytes);
  await inParallel(blobs, PARALLEL, signal, async (blob, either) => {
    const path = join(root, blobPath(blob.digest));
    if (await isWhole(path, blob, either)) return;
    await contents.receive(blob, path, either);
  });
  const index = join(root, 'index.json');
  const add = async (): Promise<void> => write(index, indexOf(contents, name, await readEntries(root)));
  await whileLocked(`${index}.lock`, add, signal);
};
