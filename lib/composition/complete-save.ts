import { untilUncontended } from '../contention.ts';
import type { SavedAttachment } from '../element/attachment.ts';
import { wrongSize } from '../element/element-data.ts';
import { formatId } from '../element/id.ts';
import { lookAtUpload } from '../element/upload/complete-upload.ts';
import { requestVerification } from '../element/upload/request-verification.ts';
import { isUploading, refuseUpload } from '../element/upload/settle-upload.ts';
import { TaskportError } from '../errors.ts';
import { assertWritable } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { saveCompletion } from './save-request.ts';
import { presentAttachment } from './shown-attachment.ts';
import { assertSaving, endedBy, readTheirs, type Saving, type Written } from './written-volume.ts';

/**
 * Makes the service verify the uploaded archive, and make it the data of the volume. A repeated call answers the
 * present state. Throws `not-attached` [settled], `invalid-state` if nothing was uploaded, `data-error` for
 * another size or for missing parts.
 */
export const completeSave = (
  deps: CompositionDependencies,
  caller: Caller,
  written: Written,
  body: unknown,
): Promise<Saving> => {
  const { attachment: id, round, parts } = validate(saveCompletion, body);
  const volumeId = formatId(written.volume);
  const complete = async (): Promise<Saving> => {
    const former = await readTheirs(deps, caller.principal, written, id);
    assertSaving(former, written.volume, round);
    if (former.state === 'verifying') return { attachment: presentAttachment(former) };
    const [location, record] = await Promise.all([
      deps.known.get(written.volume.location),
      deps.elements.get(volumeId),
    ]);
    assertWritable(location, 'write');
    if (!record || !isUploading(record) || record.upload.key !== former.upload) {
      const detail = `no data of ${volumeId} is awaited: begin the save with its size and checksum first`;
      throw new TaskportError('invalid-state', detail, { state: former.state });
    }
    const found = await lookAtUpload(deps, record, parts);
    const { size } = record.upload;
    if (found.size !== size) {
      const problem = wrongSize(size, found.size);
      await refuseUpload(deps, record, problem, { location, caller });
      throw problem;
    }
    const at = new Date(deps.now()).toISOString();
    const next: SavedAttachment = { ...former, state: 'verifying', at, revision: former.revision + 1 };
    await requestVerification(deps, record, { location, caller, attachment: { volumeId, former, next } });
    return { attachment: presentAttachment(next) };
  };
  return untilUncontended(complete).catch((error: unknown) => endedBy(id, 'saved', error));
};
