import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { type Attachment, isSaved, type SavedAttachment } from '../element/attachment.ts';
import type { AttachmentJson, SettledJson } from '../element/attachment-schema.ts';
import type { ElementRecord } from '../element/element.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { awaitsUpload, signUpload } from '../element/upload/upload.ts';
import { invalidRequest, isProblem, TaskportError } from '../errors.ts';
import { rules } from '../kind/index.ts';
import { assertRuns, type RunnerDependencies } from '../location/runners.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import type { Member } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { attachmentClaim } from './save-request.ts';
import { presentAttachment } from './shown-attachment.ts';

/** A volume, and the executor that writes to it. */
export interface Written {
  readonly executor: ElementId;
  readonly volume: ElementId;
}

/** An attachment, or how it ended. */
export type Saving = { readonly attachment: AttachmentJson } | { readonly settled: SettledJson };

/** The composition and the member of the volume, if it is a member. Throws `not-found`. */
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
  const how = settled ? `, which ended as \`${settled.outcome}\`` : '';
  const detail = `${formatId(executor)} does not have ${formatId(volume)} by that attachment${how}: stop saving it, or read the present attachment`;
  return new TaskportError('not-attached', detail, defined({ settled }));
};

const assertExecutor = ({ executor: { kind } }: Written): void => {
  if (kind === 'executor') return;
  throw invalidRequest({
    path: 'path',
    message: `is ${rules[kind].called}, which has no volumes: name an executor`,
  });
};

/**
 * The attachment by which the executor has the volume; it must have the ID `id`. Throws `permission-denied`,
 * `not-found`, `not-attached` [settled].
 */
export const readTheirs = async (
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

/** How an attachment ended, if it ended by the outcome that this call repeats. */
export const endedBy = (attachment: string, outcome: SettledJson['outcome'], error: unknown): Saving => {
  const settled = isProblem(error, 'not-attached')
    ? (error.members.settled as SettledJson | undefined)
    : undefined;
  if (settled?.attachment === attachment && settled.outcome === outcome) return { settled };
  throw error;
};

/** Throws `invalid-state` unless an attachment is in this round, and unbound. */
export const assertSaving = ({ state, round }: SavedAttachment, volume: ElementId, said: number): void => {
  if (round !== said) {
    const detail = `${formatId(volume)} was bound again and is in round ${round}, and the save is of round ${said}: read the attachment, and save that round`;
    throw new TaskportError('invalid-state', detail, { state });
  }
  if (state === 'attached') {
    const detail = `${formatId(volume)} is bound: unbind it first, and save it then`;
    throw new TaskportError('invalid-state', detail, { state });
  }
};

export const assertEngine = ({ engine }: SavedAttachment, volume: ElementId, said: string): void => {
  if (engine === undefined || engine === said) return;
  const detail = `the writes to ${formatId(volume)} are on the engine ${engine}, and not saved yet: start the runner of that engine, which saves them, or have an administrator of the volume’s location release it`;
  throw new TaskportError('volume-elsewhere', detail, { engine });
};

/** The attachment, with the signed requests for its bytes if the service awaits them. */
export const showAwaited = async (
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
 * The attachment by which an executor has a volume, with a page of the signed requests that send its bytes.
 * Throws `permission-denied`, `not-found`, `not-attached` [settled].
 */
export const readAttachment = async (
  deps: CompositionDependencies,
  principal: Principal,
  written: Written,
  cursor?: string,
): Promise<AttachmentJson> => {
  const attachment = await readTheirs(deps, principal, written);
  const record =
    attachment.upload === undefined ? undefined : await deps.elements.get(formatId(written.volume));
  return showAwaited(deps, attachment, record, cursor);
};

/**
 * Records that an engine is about to start a task that writes. The first such engine has the volume until all is
 * saved. Throws `volume-elsewhere` [engine] for another engine, `invalid-state` if the volume is unbound,
 * `not-attached` [settled], `stale-runner`.
 */
export const claimAttachment = async (
  deps: CompositionDependencies & Pick<RunnerDependencies, 'runners'>,
  { principal }: Caller,
  written: Written,
  body: unknown,
): Promise<AttachmentJson> => {
  const { attachment: id, engine, epoch } = validate(attachmentClaim, body);
  const volumeId = formatId(written.volume);
  assertExecutor(written);
  const location = await locate(deps.known, principal, written.executor, 'execute');
  if (epoch !== undefined) await assertRuns(deps, location, epoch);
  return untilUncontended(async () => {
    const former = await readTheirs(deps, principal, written, id);
    assertEngine(former, written.volume, engine);
    if (former.state !== 'attached') {
      const detail = `${volumeId} is unbound: bind it again before a task is started with it`;
      throw new TaskportError('invalid-state', detail, { state: former.state });
    }
    if (former.engine === engine) return presentAttachment(former);
    const next = { ...former, engine, revision: former.revision + 1 };
    await deps.elements.changeAttachment({ volumeId, former, next });
    return presentAttachment(next);
  });
};
