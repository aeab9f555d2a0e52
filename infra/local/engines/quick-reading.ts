import { statSync } from 'node:fs';
import type { ObjectStore, default as S3rver } from '@20minutes/s3rver';
import { textOf } from './text-of-file.ts';

/** The metadata of an object, by which the files beside it are read at once. Throws `ENOENT` without the object. */
const metadataOf = (store: ObjectStore, bucket: string, key: string) => {
  const path = store.getResourcePath(bucket, key, 'object');
  const { size, mtime } = statSync(path);
  const tag = textOf(`${path}.md5`);
  // s3rver computes a missing tag.
  if (tag === undefined) return undefined;
  const kept = textOf(store.getResourcePath(bucket, key, 'metadata.json'));
  return {
    ...(kept === undefined ? {} : JSON.parse(kept)),
    etag: JSON.stringify(tag),
    'last-modified': mtime.toUTCString(),
    'content-length': size,
  };
};

/**
 * Makes s3rver answer a call for a small object in a third of its processor time, since an image may have a hundred of them. By itself s3rver
 * reads the settings of the bucket for each call, formats a line of a log that it does not print, and reads each small file in several turns of
 * the event loop. Nothing but this process changes the bucket, so its settings are those of the start.
 */
export async function readQuickly(s3rver: S3rver, bucket: string): Promise<void> {
  const { store, middleware } = s3rver;
  // The first one writes the log.
  middleware.shift();

  const getBucket = store.getBucket.bind(store);
  const found = await getBucket(bucket);
  store.getBucket = async (name) => (name === bucket ? found : getBucket(name));

  const getSubresource = store.getSubresource.bind(store);
  const settings = new Map<string, Promise<unknown>>();
  store.getSubresource = (name, key, type) => {
    if (name !== bucket || key !== undefined) return getSubresource(name, key, type);
    const known = settings.get(type) ?? getSubresource(name, key, type);
    settings.set(type, known);
    known.catch(() => settings.delete(type));
    return known;
  };

  const getMetadata = store.getMetadata.bind(store);
  store.getMetadata = async (name, key) => metadataOf(store, name, key) ?? getMetadata(name, key);
}
