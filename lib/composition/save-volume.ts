import { isDeepStrictEqual } from 'node:util';
import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { type Attachment, isSaved, type SavedAttachment } from '../element/attachment.ts';
import type { AttachmentJson } from '../element/attachment-schema.ts';
import { parseChecksum } from '../element/checksum.ts';
import { type ElementRecord, nextRevision } from '../element/element.ts';
import { wrongSize } from '../element/element-data.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { lookAtUpload } from '../element/upload/complete-upload.ts';
import { requestVerification } from '../element/upload/request-verification.ts';
import { isUploading, refuseUpload } from '../element/upload/settle-upload.ts';
import {
  awaitsUpload,
  beginUpload,
  discardedUpload,
  signUpload,
  UPLOAD_MS,
  type Upload,
} from '../element/upload/upload.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { rules } from '../kind/index.ts';
import { assertWritable } from '../location/access.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import { givenUp, nextAttachment, settledMember } from './attaching.ts';
import type { Member } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { attachmentClaim, saveCompletion, saveRequest } from './save-request.ts';
import { changeMember, withProblem } from './saves.ts';
import { presentAttachment } from './shown-attachment.ts';

/** Which volume of which executor it is about. */
export interface Written {
  readonly executor: ElementId;
  readonly volume: ElementId;
}

/** What is answered where an attachment is over. */
export type SettledJson = NonNullable<Member['settled']>;
/** An attachment as it is, or how it ended. */
export type Saving = { readonly attachment: AttachmentJson } | { readonly settled: SettledJson };

/** The member that the volume is, where it is one. Throws `not-found`. */
const memberOf = async (
  { compositions, elements }: CompositionDependencies,
  { executor, volume }: Written,
): Promise<Member | undefined> => {
  const [executorId, volumeId] = [formatId(executor), formatId(volume)];
  const composition = await compositions.get(executorId);
  if (!composition && !(await elements.get(executorId))) throw notFound(executor);
  return composition?.members.find(({ id }) => id === volumeId);
};

const notAttached = ({ executor, volume }: Written, settled: SettledJson | undefined): TaskportError => {
  const how = settled ? `: what was written is ${settled.outcome}` : '';
  const detail = `${formatId(executor)} does not have ${formatId(volume)} by that attachment${how}`;
  return new TaskportError('not-attached', detail, defined({ settled }));
};

const assertExecutor = ({ executor: { kind } }: Written): void => {
  if (kind === 'executor') return;
  throw invalidRequest({ path: 'path', message: `has no volumes: it is ${rules[kind].called}` });
};

/** The attachment by which the executor has the volume; `id` is the one that it has to be. Throws `permission-denied`, `not-found`, `not-attached` [settled]. */
const read = async (
  deps: CompositionDependencies,
  principal: Principal,
  written: Written,
  id?: string,
): Promise<SavedAttachment> => {
  assertExecutor(written);
  await locate(deps.known, principal, written.executor, 'execute');
  const present: Attachment | undefined = await deps.elements.attachmentOf(formatId(written.volume));
  const isTheirs = isSaved(present) && present.executorId === formatId(written.executor);
  if (isTheirs && (id === undefined || id === present.id)) return present;
  throw notAttached(written, (await memberOf(deps, written))?.settled);
};

/** How an attachment ended, where a call that is said again has ended it by this outcome. */
const ended = (attachment: string, outcome: SettledJson['outcome'], error: unknown): Saving => {
  const isOver = error instanceof TaskportError && error.code === 'not-attached';
  const settled = isOver ? (error.members.settled as SettledJson | undefined) : undefined;
  if (settled?.attachment === attachment && settled.outcome === outcome) return { settled };
  throw error;
};

/** Throws `invalid-state` unless an attachment is in the round that is spoken of, and unbound. */
const assertSaving = ({ state, round }: SavedAttachment, volume: ElementId, said: number): void => {
  if (round !== said) {
    const detail = `${formatId(volume)} was bound again: it is in round ${round}, and this is of round ${said}`;
    throw new TaskportError('invalid-state', detail, { state });
  }
  if (state === 'attached') {
    const detail = `${formatId(volume)} is bound: it is saved once it is unbound`;
    throw new TaskportError('invalid-state', detail, { state });
  }
};

const assertEngine = ({ engine }: SavedAttachment, volume: ElementId, said: string): void => {
  if (engine === undefined || engine === said) return;
  const detail = `what was written to ${formatId(volume)} is on the engine ${engine} and not saved yet: that one saves it once its runner is there, or its location’s administrator releases it`;
  throw new TaskportError('volume-elsewhere', detail, { engine });
};

/** The attachment, with how its bytes are sent where they are awaited. */
const shown = async (
  deps: CompositionDependencies,
  attachment: SavedAttachment,
  record: ElementRecord | undefined,
  cursor?: string,
): Promise<AttachmentJson> => {
  const isAwaited =
    attachment.state === 'saving' &&
    record &&
    awaitsUpload(record) &&
    record.upload.key === attachment.upload;
  const upload = isAwaited ? await signUpload(deps, record.upload, cursor) : undefined;
  return presentAttachment(attachment, upload);
};

/**
 * The attachment by which an executor has a volume, with a page of the signed requests by which its bytes are sent. Throws
 * `permission-denied`, `not-found`, `not-attached` [settled].
 */
export const readAttachment = async (
  deps: CompositionDependencies,
  principal: Principal,
  written: Written,
  cursor?: string,
): Promise<AttachmentJson> => {
  const attachment = await read(deps, principal, written);
  const record =
    attachment.upload === undefined ? undefined : await deps.elements.get(formatId(written.volume));
  return shown(deps, attachment, record, cursor);
};

/**
 * Has an engine say that it is about to start a task that writes. The first one has the volume until all is saved. Throws
 * `volume-elsewhere` [engine] for another, `invalid-state` where it is unbound, `not-attached` [settled].
 */
export const claimAttachment = (
  deps: CompositionDependencies,
  { principal }: Caller,
  written: Written,
  body: unknown,
): Promise<AttachmentJson> => {
  const { attachment: id, engine } = validate(attachmentClaim, body);
  const volumeId = formatId(written.volume);
  return untilUncontended(async () => {
    const former = await read(deps, principal, written, id);
    assertEngine(former, written.volume, engine);
    if (former.state !== 'attached') {
      const detail = `${volumeId} is unbound: nothing is started with it`;
      throw new TaskportError('invalid-state', detail, { state: former.state });
    }
    if (former.engine === engine) return presentAttachment(former);
    const next = { ...former, engine, revision: former.revision + 1 };
    await deps.elements.changeAttachment({ volumeId, former, next });
    return presentAttachment(next);
  });
};

/** A volume whose data is to become what is uploaded; what was on its way by others is given up. */
const withUpload = (
  { attributes, ...former }: ElementRecord,
  upload: Upload,
  at: string,
  caller: Caller,
): ElementRecord => {
  const { problem: _, ...kept } = attributes;
  const isForeign = former.upload !== undefined && former.upload.attachment === undefined;
  const detail = 'an executor came to write to it while other data was on its way';
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
  if (isSame) return shown(deps, attachment, former);
  if (attachment.state === 'verifying') {
    const detail = `other data was sent for ${volumeId}, and is being read`;
    throw new TaskportError('invalid-state', detail, { state: attachment.state });
  }
  const upload = { ...(await beginUpload(deps, size, checksum)), attachment: attachment.id };
  const record = withUpload(former, upload, new Date(deps.now()).toISOString(), caller);
  const next = { ...attachment, upload: upload.key, revision: attachment.revision + 1 };
  const discarded = former.upload ? [discardedUpload(former.upload)] : [];
  const change = { volumeId, former: attachment, next };
  await deps.elements.replace({ record, former, location, caller, discarded, attachment: change });
  return shown(deps, next, record);
};

/** Keeps why it could not be saved; the same again changes nothing. */
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
 * Takes what an engine says of what was written, once the volume is unbound: nothing was; it has so many bytes of this checksum, which it is told
 * how to send; or why it cannot be saved now. Said again, it answers what has become of it. Throws `permission-denied`, `not-attached` [settled],
 * `volume-elsewhere` [engine], `invalid-state`, `invalid-location`, `unsupported-checksum-algorithm`.
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
    const attachment = await read(deps, caller.principal, written, id);
    assertSaving(attachment, written.volume, round);
    assertEngine(attachment, written.volume, engine);
    if (size !== undefined && checksum !== undefined)
      return { attachment: await begin(deps, caller, written, attachment, { size, checksum }) };
    if (attachment.state === 'verifying') {
      const detail = `what was sent for ${volumeId} is being read`;
      throw new TaskportError('invalid-state', detail, { state: attachment.state });
    }
    return problem
      ? { attachment: await keepProblem(deps, caller, volumeId, attachment, problem) }
      : { settled: await endUnchanged(deps, caller, volumeId, attachment) };
  };
  return untilUncontended(save).catch((error: unknown) => {
    if (!unchanged) throw error;
    return ended(id, 'unchanged', error);
  });
};

/**
 * Has what was sent read, and made the data of the volume. Said again, it answers what has become of it. Throws `not-attached` [settled],
 * `invalid-state` where nothing was sent, `data-error` for another size or for parts that are not there.
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
    const former = await read(deps, caller.principal, written, id);
    assertSaving(former, written.volume, round);
    if (former.state === 'verifying') return { attachment: presentAttachment(former) };
    const [location, record] = await Promise.all([
      deps.known.get(written.volume.location),
      deps.elements.get(volumeId),
    ]);
    assertWritable(location, 'write');
    if (!record || !isUploading(record) || record.upload.key !== former.upload) {
      const detail = `nothing is awaited of ${volumeId}: say its size and checksum first`;
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
  return untilUncontended(complete).catch((error: unknown) => ended(id, 'saved', error));
};
