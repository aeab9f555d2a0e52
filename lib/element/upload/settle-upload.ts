import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { Idempotency } from '../../idempotency.ts';
import { rulesOf } from '../../kind/index.ts';
import type { Location } from '../../location/location.ts';
import type { Caller } from '../../principal.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { type ElementRecord, nextRevision } from '../element.ts';
import type { Inspection } from '../element-data.ts';
import type { AttachmentChange, Replacement } from '../element-store.ts';
import { ReferredError } from '../referred-error.ts';
import { spaceAttributes } from '../space.ts';
import { discardedUpload, lastWriteOf, type Upload } from './upload.ts';

/** Milliseconds after which an element whose data was refused is deleted, so that its name is free. */
const FAILED_MS = 15 * 60_000;
/** Milliseconds for which URLs of replaced data stay valid. */
const READERS_MS = 10 * 60_000;

/** An element with an upload under way. */
export type Uploading = ElementRecord & { readonly upload: Upload };

/** Whether data is on its way into an element. */
export const isUploading = (record: ElementRecord): record is Uploading => record.upload !== undefined;

/** Whether an upload replaces data that the element has; readers use that until then. */
export const isReplacement = ({ attributes }: ElementRecord): boolean => attributes.state === 'ready';

/**
 * Ends an upload of an executor's writes: it replaces the volume's data, and in the same step the attachment
 * ends or keeps the reason why it cannot. Both methods throw `revision-mismatch` if the volume is not as it was
 * read.
 */
export interface Saves {
  saved(replacement: Replacement, attachment: string): Promise<void>;
  refused(replacement: Replacement, attachment: string, problem: TaskportError): Promise<void>;
}

/** The dependencies and the author of the end of an upload. */
export interface Settlement {
  readonly location: Location;
  readonly caller: Caller;
  /** The change of an attachment in the same step. */
  readonly attachment?: AttachmentChange;
  /** The key that an accepted upload uses up. */
  readonly idempotency?: Idempotency;
}

const later = (now: number, milliseconds: number): string => new Date(now + milliseconds).toISOString();

/**
 * Replaces data to which others may meanwhile refer. Its `in-use` does not name the references, since it is
 * stored with the element and shown to callers with different rights.
 */
const replaceData = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  replacement: Replacement,
): Promise<void> => {
  try {
    await elements.replaceUnreferenced(replacement);
  } catch (error) {
    if (!(error instanceof ReferredError)) throw error;
    const { id } = replacement.record.attributes;
    throw new TaskportError(
      'in-use',
      `others have referred to ${id} since its upload began: remove those references, and send the data anew`,
    );
  }
};

/**
 * The element with the digest of its manifest, if it is an image. The code is loaded by the first image, since
 * most calls have none.
 */
const manifested = async (record: ElementRecord, location: Location): Promise<ElementRecord> => {
  if (rulesOf(location).data !== 'layer') return record;
  const { withManifest } = await import('../registry/making.ts');
  return withManifest(record);
};

/**
 * Makes verified data the element's own, in one step, if nobody changed the element meanwhile; for uploads and
 * inline data.
 */
export const acceptData = async (
  deps: Pick<ElementDependencies, 'elements' | 'now' | 'saves'>,
  former: ElementRecord,
  { data, layer }: Inspection,
  blob: { readonly key: string; readonly staged: boolean },
  { location, caller, idempotency }: Settlement,
): Promise<ElementRecord> => {
  const now = deps.now();
  const { upload, dueAt: _, writableUntil: until, ...kept } = former;
  const { capacity: __, resizedFrom: ___, freeSpace, problem: ____, ...attributes } = former.attributes;
  const replaced =
    former.blob === undefined ? [] : [defined({ key: former.blob, from: later(now, READERS_MS), until })];
  const stays = upload !== undefined && blob.key === upload.key;
  const made: ElementRecord = {
    ...kept,
    attributes: {
      ...nextRevision(attributes, later(now, 0), caller),
      ...data,
      ...spaceAttributes(rulesOf(location).hasSpace, former.base, data.unpackedSize ?? 0, freeSpace),
      state: 'ready',
    },
    blob: blob.key,
    ...defined({ layer, writableUntil: stays ? lastWriteOf(upload) : undefined }),
  };
  const record = await manifested(made, location);
  const replacement: Replacement = defined({
    record,
    former,
    location,
    caller,
    staged: blob.staged ? blob.key : undefined,
    idempotency,
    discarded: [...(upload === undefined || stays ? [] : [discardedUpload(upload)]), ...replaced],
  });
  if (upload?.attachment !== undefined) {
    await deps.saves.saved(replacement, upload.attachment);
    return record;
  }
  // A reference relies on the data of its element, or on its absence.
  await (isReplacement(former) ? replaceData(deps, replacement) : deps.elements.replace(replacement));
  return record;
};

/** A problem in the form that is stored and reported later. */
export const toldProblem = ({ code, message: detail, members }: TaskportError) => ({
  code,
  detail,
  ...members,
});

/**
 * Refuses uploaded data and discards its bytes. A new element becomes `failed` with the problem; a ready one
 * stays ready. If an executor wrote the data, its attachment keeps the problem.
 */
export const refuseUpload = async (
  deps: Pick<ElementDependencies, 'elements' | 'now' | 'saves'>,
  former: Uploading,
  problem: TaskportError,
  { location, caller }: Settlement,
): Promise<ElementRecord> => {
  const now = deps.now();
  const { upload, dueAt: _, ...kept } = former;
  const { capacity, resizedFrom, ...attributes } = former.attributes;
  const isNew = !isReplacement(former);
  const space = defined({ capacity, resizedFrom });
  const record: ElementRecord = {
    ...kept,
    attributes: {
      ...nextRevision(attributes, later(now, 0), caller),
      // A failed element takes no space of its location.
      ...(isNew ? { state: 'failed' } : space),
      ...(upload.attachment === undefined ? { problem: toldProblem(problem) } : {}),
    },
    ...defined({ dueAt: isNew ? later(now, FAILED_MS) : undefined }),
  };
  const replacement = { record, former, location, caller, discarded: [discardedUpload(upload)] };
  await (upload.attachment === undefined
    ? deps.elements.replace(replacement)
    : deps.saves.refused(replacement, upload.attachment, problem));
  return record;
};
