import { TaskportError } from '../../errors.ts';
import { permits } from '../../location/access.ts';
import type { Action } from '../../location/location.ts';
import type { Principal } from '../../principal.ts';
import { assertUnattached } from '../attachment.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import { type ElementId, formatId } from '../id.ts';
import { locate, notFound } from '../located.ts';
import { isReplacement } from './settle-upload.ts';
import { awaitsUpload, signUpload } from './upload.ts';
import type { UploadJson } from './upload-schema.ts';

/** The action for which a caller needs a grant to send data into an element. */
const actionOf = (record: ElementRecord): Action => (isReplacement(record) ? 'write' : 'create');

/**
 * The first page of signed requests for an element's data. None if the element awaits no upload, or if the
 * principal may not write there, since the holder of such a request may.
 */
export const uploadOf = async (
  deps: Pick<ElementDependencies, 'blobs' | 'known' | 'now'>,
  principal: Principal,
  record: ElementRecord,
): Promise<UploadJson | undefined> => {
  if (!awaitsUpload(record) || record.upload.attachment !== undefined) return undefined;
  const location = await deps.known.get(record.attributes.location);
  return permits(location, principal, actionOf(record)) ? signUpload(deps, record.upload) : undefined;
};

/**
 * Throws unless the principal may upload into elements of the location, by creating them or by writing. It
 * checks this before it reads the element, since which of the two is needed would reveal the element's state.
 */
export const assertMayUpload = async (
  { known }: Pick<ElementDependencies, 'known'>,
  principal: Principal,
  id: ElementId,
): Promise<void> => {
  const location = await known.get(id.location);
  if (!permits(location, principal, 'write')) await locate(known, principal, id, 'create');
};

/**
 * The signed requests of an upload, in pages; an interrupted upload continues with them. Throws `not-found`,
 * `invalid-state` [state] if the element awaits no upload.
 */
export const readUpload = async (
  deps: ElementDependencies,
  principal: Principal,
  id: ElementId,
  cursor?: string,
): Promise<UploadJson> => {
  // The holder of such a request can write.
  await assertMayUpload(deps, principal, id);
  const record = await deps.elements.get(formatId(id));
  await locate(deps.known, principal, id, record ? actionOf(record) : 'create');
  if (!record) throw notFound(id);
  if (record.upload?.attachment !== undefined) await assertUnattached(deps, principal, formatId(id));
  if (!awaitsUpload(record)) {
    const { state } = record.attributes;
    throw new TaskportError(
      'invalid-state',
      `${formatId(id)} is ${state} and awaits no upload: create it with \`data: {"upload": true}\`, or replace the data of a volume by POST …/data/upload`,
      { state },
    );
  }
  return signUpload(deps, record.upload, cursor);
};
