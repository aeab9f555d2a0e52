import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobBucket } from '../../lib/adapters/s3/blob-bucket.ts';

/** Bytes that are read at a time. */
const CHUNK = 2 ** 20;

/**
 * Has the functions read whole objects as the files in which the embedded store keeps them, which are never written again. By HTTP, a third of the
 * verification of a large layer is to pass its bytes from one process of this machine to another.
 */
export const readStoredFiles = (bucketDirectory: string): void => {
  const byHttp = BlobBucket.prototype.read;
  BlobBucket.prototype.read = async function (key, part) {
    const path = join(bucketDirectory, `${key}._S3rver_object`);
    const file = part === undefined ? await open(path).catch(() => undefined) : undefined;
    return file?.createReadStream({ highWaterMark: CHUNK }) ?? byHttp.call(this, key, part);
  };
};
