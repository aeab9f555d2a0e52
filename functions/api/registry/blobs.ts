import { locateBlob, locateLayers } from '../../../lib/element/registry/reading.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiContext } from '../request.ts';
import { readRange } from './byte-range.ts';
import { locateManifest } from './manifests.ts';
import { readableRepository } from './readable.ts';
import { RegistryError } from './registry-error.ts';
import { type Asked, readDigest } from './registry-path.ts';

const BYTES = 'application/octet-stream';

/**
 * Answers a blob: for a layer a redirect to its URL, since layers never pass through the function, and for any
 * other blob the bytes. HEAD is answered here, since no client follows a redirect for it.
 */
export const answerBlob = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const repository = await readableRepository(deps, c, asked);
  const digest = readDigest(asked.reference ?? '');
  const isHead = c.req.method === 'HEAD';
  const found = await locateBlob(deps, repository, digest, isHead ? 'HEAD' : 'GET');
  if (!found) {
    throw new RegistryError('BLOB_UNKNOWN', `${asked.name} has no blob ${digest}`, {
      detail: { name: asked.name, digest },
    });
  }
  const headers = { 'docker-content-digest': digest, 'accept-ranges': 'bytes', etag: `"${digest}"` };
  if ('url' in found) {
    const { url, size } = found;
    if (isHead)
      return c.body(null, 200, { ...headers, 'content-type': BYTES, 'content-length': String(size) });
    return c.body(null, 307, { ...headers, location: url, 'cache-control': 'no-store' });
  }
  const { bytes, mediaType: type = BYTES } = found;
  const range = isHead ? undefined : readRange(c.req.header('range'), bytes.length);
  if (range === 'unsatisfiable') {
    throw new RegistryError('SIZE_INVALID', `the blob has ${bytes.length} bytes`, {
      headers: { 'content-range': `bytes */${bytes.length}` },
    });
  }
  const { from, to } = range ?? { from: 0, to: bytes.length };
  return c.body(bytes.slice(from, to), range ? 206 : 200, {
    ...headers,
    'content-type': type,
    'content-length': String(to - from),
    ...(range ? { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` } : {}),
  });
};

/** Answers where the layers of a manifest are, so that a client of this service asks once and not for each layer. */
export const answerLayers = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const { repository, record } = await locateManifest(deps, c, asked);
  const layers = await locateLayers(deps, repository, record);
  return c.json({ layers }, 200, { 'cache-control': 'no-store' });
};
