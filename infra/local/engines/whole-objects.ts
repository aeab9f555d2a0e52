import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { copyFile, link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { ObjectStore } from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';
import { textOf } from './text-of-file.ts';

/** Bytes of each read and write: with the 64 KiB of s3rver, passing pieces on is most of a transfer. */
const CHUNK = 2 ** 20;

/**
 * Makes s3rver write objects like S3: completely or not at all, and a later write does not change an object that is read. Without this, s3rver
 * overwrites a file during a read, accepts any entity tag of a part, crashes if a part is missing, and truncates an object if two calls complete
 * its upload.
 *
 * A file is therefore never written after it has the name of its object. A copy is a hard link to the same file. Parts are joined without another
 * hash, because the entity tag of the whole derives from theirs.
 */
export function keepWhole(store: ObjectStore, directory: string): void {
  // Files that an earlier process left unfinished; nothing uses them.
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);

  /** Makes a file by `make`, and moves it to a path, where it replaces the present one. */
  const place = async <T>(path: string, make: (draft: string) => Promise<T>): Promise<T> => {
    const draft = join(unfinished, randomUUID());
    try {
      const made = await make(draft);
      await rename(draft, path);
      return made;
    } finally {
      await rm(draft, { force: true });
    }
  };

  store.putContent = (path, content) => place(path, (draft) => writeFile(draft, content));

  const getObject = store.getObject.bind(store);
  store.getObject = async (bucket, key, range) => {
    const object = await getObject(bucket, key, range);
    // A read of this size makes the stream read pieces of this size from then on.
    object?.content?.read(CHUNK);
    return object;
  };

  store.copyObject = async (fromBucket, from, toBucket, to) => {
    const copy = (resource: string, by: (source: string, draft: string) => Promise<void>): Promise<void> =>
      place(store.getResourcePath(toBucket, to, resource), (draft) =>
        by(store.getResourcePath(fromBucket, from, resource), draft),
      );
    // Not every file system has hard links.
    await copy('object', (source, draft) => link(source, draft).catch(() => copyFile(source, draft)));
    // s3rver overwrites these files, so each object needs its own.
    for (const resource of ['metadata.json', 'object.md5']) await copy(resource, copyFile);
    return store.getMetadata(toBucket, to);
  };

  const putTogether: ObjectStore['putObjectMultipart'] = async (bucket, uploadId, parts) => {
    const upload = join(directory, bucket, '._S3rver_uploads', uploadId);
    const key = assertThere(upload, parts);
    const ordered = [...parts].sort((a, b) => a.number - b.number);
    const md5 = createHash('md5');
    for (const { etag } of ordered) md5.update(etag, 'hex');
    const etag = `${md5.digest('hex')}-${parts.length}`;
    const size = await place(store.getResourcePath(bucket, key, 'object'), (draft) =>
      joinFiles(
        draft,
        ordered.map(({ number }) => join(upload, String(number))),
      ),
    );
    const metadata = JSON.parse(await readFile(join(upload, 'metadata'), 'utf8'));
    await store.putMetadata(bucket, key, metadata, etag);
    await rm(upload, { recursive: true });
    return { size, md5: etag };
  };

  const running = new Map<string, Promise<unknown>>();
  store.putObjectMultipart = async (bucket, uploadId, parts) => {
    const former = running.get(uploadId) ?? Promise.resolve();
    const run = former.catch(() => {}).then(() => putTogether(bucket, uploadId, parts));
    running.set(uploadId, run);
    try {
      return await run;
    } finally {
      if (running.get(uploadId) === run) running.delete(uploadId);
    }
  };
}

/**
 * Writes bytes as they arrive, and answers their number and their entity tag. The tag only tells parts from each other, because the service
 * verifies the bytes by their checksum: CRC-32 takes a fifth of the time of MD5.
 */
async function writeFile(
  path: string,
  content: Buffer | AsyncIterable<Buffer>,
): Promise<[size: number, tag: string]> {
  let [size, sum] = [0, 0];
  const counted = async function* () {
    for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
      size += chunk.length;
      sum = crc32(chunk, sum);
      yield chunk;
    }
  };
  await pipeline(counted, createWriteStream(path, { highWaterMark: CHUNK }));
  return [size, [sum, size].map((each) => each.toString(16).padStart(16, '0')).join('')];
}

/** Joins files into a new one, and answers its size. */
async function joinFiles(to: string, [first = '', ...others]: readonly string[]): Promise<number> {
  // The kernel copies the first file, by reference if the file system can.
  await copyFile(first, to);
  const file = await open(to, 'a');
  try {
    for (const path of others)
      for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) await file.write(chunk);
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** The key of an upload. Throws the errors of S3 for an unknown upload or a missing part. */
function assertThere(upload: string, parts: Parameters<ObjectStore['putObjectMultipart']>[2]): string {
  const key = textOf(join(upload, 'key'));
  if (key === undefined) throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
  for (const { number, etag } of parts) {
    if (textOf(join(upload, `${number}.md5`)) === etag) continue;
    throw new S3Error('InvalidPart', `Part ${number} was not uploaded, or has another entity tag.`);
  }
  return key;
}
