import { isDeepStrictEqual } from 'node:util';
import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import type { SavedAttachment } from '../element/attachment.ts';
import type { AttachmentJson, SettledJson } from '../element/attachment-schema.ts';
import { parseChecksum } from '../element/checksum.ts';
import { type ElementRecord, nextRevision } from '../element/element.ts';
import { formatId } from '../element/id.ts';
import { notFound } from '../element/located.ts';
import { discardedUpload, UPLOAD_MS, type Upload, withUpload } from '../element/upload/upload.ts';
import { TaskportError } from '../errors.ts';
import { assertWritable } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import { givenUp } from './attaching.ts';
import type { Member } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { saveRequest } from './save-request.ts';
import { changeMember, nextAttachment, settledMember, withProblem } from './saves.ts';
import { presentAttachment } from './shown-attachment.ts';
import {
  assertEngine,
  assertSaving,
  endedBy,
  readTheirs,
  type Saving,
  showAwaited,
  type Written,
} from './written-volume.ts';

/** A volume that awaits a new upload; with a problem if that replaces an upload without an attachment. */
const awaiting = (
  { attributes, ...former }: ElementRecord,
  upload: Upload,
  at: string,
  caller: Caller,
): ElementRecord => {
  const { problem: _, ...kept } = attributes;
  const isForeign = former.upload !== undefined && former.upload.attachment === undefined;
  const detail =
    'an executor wrote to the volume during this upload: send the data again once the writes are saved';
  return {
    ...former,
    attributes: {
      ...nextRevision(kept, at, caller),
      ...defined({ problem: isForeign ? { code: 'in-use' as const, detail } : undefined }),
    },
    upload,
    dueAt: new Date(Date.parse(at) + UPLOAD_MS).toISOString(),
  };
};

const begin = async (
  deps: CompositionDependencies,
  caller: Caller,
  { volume }: Written,
  attachment: SavedAttachment,
  { size, checksum: given }: { readonly size: number; readonly checksum: string },
): Promise<AttachmentJson> => {
  const [volumeId, checksum] = [formatId(volume), parseChecksum(given, 'checksum')];
  const [location, former] = await Promise.all([
    deps.known.get(volume.location),
    deps.elements.get(volumeId),
  ]);
  assertWritable(location, 'write');
  if (!former) throw notFound(volume);
  const isSame =
    former.upload?.key === attachment.upload &&
    former.upload?.size === size &&
    former.upload.checksum === checksum;
  if (isSame) return showAwaited(deps, attachment, former);
  if (attachment.state === 'verifying') {
    const detail = `other data was sent for ${volumeId}, and the service is reading it: wait until that is done`;
    throw new TaskportError('invalid-state', detail, { state: attachment.state });
  }
  const { next, record } = await withUpload(deps, size, checksum, async (begun) => {
    const upload = { ...begun, attachment: attachment.id };
    const record = awaiting(former, upload, new Date(deps.now()).toISOString(), caller);
    const next = { ...attachment, upload: upload.key, revision: attachment.revision + 1 };
    const discarded = former.upload ? [discardedUpload(former.upload)] : [];
    const change = { volumeId, former: attachment, next };
    await deps.elements.replace({ record, former, location, caller, discarded, attachment: change });
    return { next, record };
  });
  return showAwaited(deps, next, record);
};

/** Keeps the reason why the save failed; a repeat of the same reason changes nothing. */
const keepProblem = async (
  deps: CompositionDependencies,
  caller: Caller,
  volumeId: string,
  attachment: SavedAttachment,
  problem: NonNullable<SavedAttachment['problem']>,
): Promise<AttachmentJson> => {
  if (attachment.upload === undefined && isDeepStrictEqual(attachment.problem, problem))
    return presentAttachment(attachment);
  const moment = { caller, at: new Date(deps.now()).toISOString() };
  const replaced = await givenUp(deps, volumeId, attachment, moment);
  const next = nextAttachment(attachment, { problem });
  await changeMember(deps, volumeId, attachment, { next, member: withProblem(problem), replaced }, caller);
  return presentAttachment(next);
};

const endUnchanged = async (
  deps: CompositionDependencies,
  caller: Caller,
  volumeId: string,
  attachment: SavedAttachment,
): Promise<SettledJson> => {
  const at = new Date(deps.now()).toISOString();
  const settled = { outcome: 'unchanged', at } as const;
  const replaced = await givenUp(deps, volumeId, attachment, { caller, at });
  const member = (former: Member): Member => settledMember(former, settled);
  await changeMember(deps, volumeId, attachment, { member, replaced }, caller);
  return { attachment: attachment.id, ...settled };
};

/**
 * Takes the report of an engine on the writes to a volume, once the volume is unbound. Either nothing was
 * written; or the archive has `size` bytes and this checksum, and the answer tells the engine how to send it; or
 * the engine cannot save now, and says why. A repeat answers the present state. Throws `permission-denied`,
 * `not-attached` [settled], `volume-elsewhere` [engine], `invalid-state`, `invalid-location`,
 * `unsupported-checksum-algorithm`.
 */
export const saveVolume = (
  deps: CompositionDependencies,
  caller: Caller,
  written: Written,
  body: unknown,
): Promise<Saving> => {
  const said = validate(saveRequest, body);
  const { attachment: id, round, engine, unchanged, size, checksum, problem } = said;
  const volumeId = formatId(written.volume);
  const save = async (): Promise<Saving> => {
    const attachment = await readTheirs(deps, caller.principal, written, id);
    assertSaving(attachment, written.volume, round);
    assertEngine(attachment, written.volume, engine);
    if (size !== undefined && checksum !== undefined)
      return { attachment: await begin(deps, caller, written, attachment, { size, checksum }) };
    if (attachment.state === 'verifying') {
      const detail = `the service is reading the data that was sent for ${volumeId}: wait until that is done`;
      throw new TaskportError('invalid-state', detail, { state: attachment.state });
    }
    return problem
      ? { attachment: await keepProblem(deps, caller, volumeId, attachment, problem) }
      : { settled: await endUnchanged(deps, caller, volumeId, attachment) };
  };
  return untilUncontended(save).catch((error: unknown) => {
    if (!unchanged) throw error;
    return endedBy(id, 'unchanged', error);
  });
};
