import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** Writes a file that appears only once it is complete; several processes may write the same one. */
export const writeWhole = async <T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> => {
  const partial = `${path}.${randomUUID().slice(0, 8)}.part`;
  const file = await open(partial, 'wx');
  try {
    const written = await write(file);
    await file.close();
    await rename(partial, path);
    return written;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
};
