import { deleteElement } from '../../../lib/element/delete-element.ts';
import { readManifest, resolveManifest } from '../../../lib/element/registry/reading.ts';
import { removeTag } from '../../../lib/element/registry/remove-tag.ts';
import type { Dependencies } from '../../dependencies.ts';
import { matchesNone } from '../entity-tag.ts';
import type { ApiContext } from '../request.ts';
import { readableRepository } from './readable.ts';
import { RegistryError } from './registry-error.ts';
import { type Asked, readReference } from './registry-path.ts';

/** The image of a call, by a digest or a tag. Throws `MANIFEST_UNKNOWN`, and what `readableRepository` throws. */
export const locateManifest = async (deps: Dependencies, c: ApiContext, asked: Asked) => {
  const repository = await readableRepository(deps, c, asked);
  const reference = readReference(asked.reference ?? '');
  const record = await resolveManifest(deps, repository, reference);
  if (record) return { repository, reference, record };
  throw new RegistryError('MANIFEST_UNKNOWN', `${asked.name} has no manifest ${reference}`, {
    detail: { name: asked.name, reference },
  });
};

/** Answers a manifest, byte for byte; for HEAD only the headers. */
export const answerManifest = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const { record } = await locateManifest(deps, c, asked);
  const { bytes, mediaType, digest } = await readManifest(deps, record);
  const etag = `"${digest}"`;
  if (matchesNone(c, etag)) return c.body(null, 304, { etag });
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'content-type': mediaType,
    'content-length': String(bytes.length),
    'docker-content-digest': digest,
    etag,
  });
};

/** Removes a tag; for a digest, the image with all its tags. */
export const deleteManifest = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const { repository, reference, record } = await locateManifest(deps, c, asked);
  if (reference.includes(':')) await deleteElement(deps, c.get('caller'), record.attributes);
  else {
    const { location, name } = repository;
    await removeTag(deps, c.get('caller'), { location, repository: name, name: reference });
  }
  return c.body(null, 202);
};
