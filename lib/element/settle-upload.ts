import type { TaskportError } from '../errors.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { Attributes, ElementRecord } from './element.ts';
import type { CheckedData } from './element-data.ts';
import type { DiscardedBlob, Replacement } from './element-store.ts';
import { rulesOf } from './kinds/index.ts';
import { spaceAttributes } from './space.ts';
import type { Upload } from './upload.ts';

/** Milliseconds after which the name of an element whose data was refused is free again. */
const FAILED_MS = 15 * 60_000;
/** Milliseconds for which URLs of data that was replaced go on being good. */
const READERS_MS = 10 * 60_000;

/** An element that data is on its way into. */
export type Uploading = ElementRecord & { readonly upload: Upload };

/** Whether data is on its way into an element. */
export const isUploading = (record: ElementRecord): record is Uploading => record.upload !== undefined;

/** Where, and in whose name, an upload comes to its end. */
export interface Settlement {
  readonly location: Location;
  readonly caller: Caller;
}

const later = (now: number, milliseconds: number): string => new Date(now + milliseconds).toISOString();

const changed = (attributes: Attributes, caller: Caller, now: number): Attributes => ({
  ...attributes,
  revision: attributes.revision + 1,
  modifiedAt: later(now, 0),
  modifiedBy: caller.principal,
});

/** What was uploaded, once it is not where it was put. */
const discarded = ({ key, until, multipart }: Upload): DiscardedBlob => ({
  key,
  until,
  ...(multipart ? { multipartId: multipart.id } : {}),
});

/** Makes checked data the element's own, whatever way it came, in one step, where nobody changed the element meanwhile. */
export const acceptData = async (
  deps: Pick<ElementDependencies, 'elements' | 'now'>,
  former: ElementRecord,
  data: CheckedData,
  blob: { readonly key: string; readonly staged: boolean },
  { location, caller }: Settlement,
): Promise<ElementRecord> => {
  const now = deps.now();
  const { upload, dueAt: _, ...kept } = former;
  const { capacity: __, resizedFrom: ___, freeSpace, problem: ____, ...attributes } = former.attributes;
  const replaced = former.blob === undefined ? [] : [{ key: former.blob, from: later(now, READERS_MS) }];
  const record: ElementRecord = {
    ...kept,
    attributes: {
      ...changed(attributes, caller, now),
      ...data,
      ...spaceAttributes(rulesOf(location).hasSpace, former.base, data.unpackedSize ?? 0, freeSpace),
      state: 'ready',
    },
    blob: blob.key,
  };
  const replacement: Replacement = {
    record,
    former,
    location,
    caller,
    ...(blob.staged ? { staged: blob.key } : {}),
    discarded: [...(upload === undefined || blob.key === upload.key ? [] : [discarded(upload)]), ...replaced],
  };
  // Whoever refers to an element relies on the data that it has.
  await (former.blob === undefined
    ? deps.elements.replace(replacement)
    : deps.elements.replaceUnreferenced(replacement));
  return record;
};

/** Refuses what was uploaded: the bytes go, and a new element is `failed` with the problem; a ready one stays so. */
export const refuseUpload = async (
  deps: Pick<ElementDependencies, 'elements' | 'now'>,
  former: Uploading,
  problem: TaskportError,
  { location, caller }: Settlement,
): Promise<ElementRecord> => {
  const now = deps.now();
  const { upload, dueAt: _, ...kept } = former;
  const { capacity, resizedFrom, ...attributes } = former.attributes;
  const isNew = attributes.state !== 'ready';
  const space = {
    ...(capacity === undefined ? {} : { capacity }),
    ...(resizedFrom === undefined ? {} : { resizedFrom }),
  };
  const record: ElementRecord = {
    ...kept,
    attributes: {
      ...changed(attributes, caller, now),
      // What failed takes no space of its location.
      ...(isNew ? { state: 'failed' } : space),
      problem: { code: problem.code, detail: problem.message, ...problem.members },
    },
    ...(isNew ? { dueAt: later(now, FAILED_MS) } : {}),
  };
  await deps.elements.replace({ record, former, location, caller, discarded: [discarded(upload)] });
  return record;
};
