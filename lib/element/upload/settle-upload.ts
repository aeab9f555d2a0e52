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

/** Milliseconds after which the name of an element whose data was refused is free again. */
const FAILED_MS = 15 * 60_000;
/** Milliseconds for which URLs of data that was replaced go on being good. */
const READERS_MS = 10 * 60_000;

/** An element that data is on its way into. */
export type Uploading = ElementRecord & { readonly upload: Upload };

/** Whether data is on its way into an element. */
export const isUploading = (record: ElementRecord): record is Uploading => record.upload !== undefined;

/** Whether data on its way into an element takes the place of what it has: it is there for everybody meanwhile. */
export const isReplacement = ({ attributes }: ElementRecord): boolean => attributes.state === 'ready';

/**
 * How an upload of what an executor wrote comes to its end: the volume is replaced, and in the same step the executor lets go of it, or
 * knows why it cannot yet. Both throw `revision-mismatch` where the volume is not as it was read.
 */
export interface Saves {
  saved(replacement: Replacement, attachment: string): Promise<void>;
  refused(replacement: Replacement, attachment: string, problem: TaskportError): Promise<void>;
}

/** Where, and in whose name, an upload comes to its end. */
export interface Settlement {
  readonly location: Location;
  readonly caller: Caller;
  /** What else changes with it. */
  readonly attachment?: AttachmentChange;
  /** Used up where the data is taken. */
  readonly idempotency?: Idempotency;
}

const later = (now: number, milliseconds: number): string => new Date(now + milliseconds).toISOString();

/**
 * Replaces data that others may have come to refer to meanwhile. Throws `in-use` without saying who they are then: the problem is kept with
 * the element, and told to callers of whom each may read others.
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
      `others came to refer to ${id} while its data was on its way: remove those references, and send the data anew`,
    );
  }
};

/** The element with the digest of its manifest, where it is an image. Loaded when the first one comes: most calls bring none. */
const manifested = async (record: ElementRecord, location: Location): Promise<ElementRecord> => {
  if (rulesOf(location).data !== 'layer') return record;
  const { withManifest } = await import('../registry/making.ts');
  return withManifest(record);
};

/** Makes checked data the element's own, whatever way it came, in one step, where nobody changed the element meanwhile. */
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
  // A reference relies on the data of its element, or on the element having none.
  await (isReplacement(former) ? replaceData(deps, replacement) : deps.elements.replace(replacement));
  return record;
};

/** A problem that is told later than the call it belongs to. */
export const toldProblem = ({ code, message: detail, members }: TaskportError) => ({
  code,
  detail,
  ...members,
});

/** Refuses what was uploaded: the bytes go, and a new element is `failed` with the problem; a ready one stays so. Of what an executor wrote its attachment has the problem. */
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
      // What failed takes no space of its location.
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
