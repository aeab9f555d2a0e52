import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MultipartStore } from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

/**
 * Has parts put together as S3 does it. Left to itself, s3rver takes any entity tag for right, ends its process where a
 * part never came, and lets two completions of one upload cut each other's object short.
 */
export function guardParts(store: MultipartStore, directory: string): void {
  const putTogether = store.putObjectMultipart.bind(store);
  const running = new Map<string, Promise<unknown>>();
  store.putObjectMultipart = async (bucket, uploadId, parts) => {
    const former = running.get(uploadId) ?? Promise.resolve();
    const run = former
      .catch(() => {})
      .then(async () => {
        await assertThere(join(directory, bucket, '._S3rver_uploads', uploadId), parts);
        return putTogether(bucket, uploadId, parts);
      });
    running.set(uploadId, run);
    try {
      return await run;
    } finally {
      if (running.get(uploadId) === run) running.delete(uploadId);
    }
  };
}

async function assertThere(
  upload: string,
  parts: Parameters<MultipartStore['putObjectMultipart']>[2],
): Promise<void> {
  if ((await readText(join(upload, 'key'))) === undefined) {
    throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
  }
  for (const { number, etag } of parts) {
    if ((await readText(join(upload, `${number}.md5`))) === etag) continue;
    throw new S3Error('InvalidPart', `Part ${number} was not uploaded, or has another entity tag.`);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
