import { type Attachment, isSaved, type SavedAttachment } from '../element/attachment.ts';
import { type ElementRecord, nextRevision } from '../element/element.ts';
import type { AttachmentChange, ElementStore, Replacement } from '../element/element-store.ts';
import { parseId } from '../element/id.ts';
import { discardedUpload } from '../element/upload/upload.ts';
import { TaskportError } from '../errors.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Caller } from '../principal.ts';
import { type Composition, isToBeSaved, type Member } from './composition.ts';
import type { CompositionReplacement } from './composition-store.ts';
import { nextAttachment, settledMember } from './saves.ts';

/** The dependencies of attaching and detaching volumes. */
export interface AttachingDependencies {
  readonly elements: Pick<ElementStore, 'get' | 'attachmentOf'>;
  readonly known: LocationCache;
  readonly newId: () => string;
}

/** The time and the author of a change of members. */
interface Moment {
  readonly caller: Caller;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** The changed members, and the further changes of the same step. */
interface Attached extends Required<Pick<CompositionReplacement, 'attaching' | 'attachments' | 'replaced'>> {
  readonly members: readonly Member[];
}

/** One changed member, and the further changes of the same step. */
interface Step {
  readonly member: Member;
  readonly attaching?: SavedAttachment;
  readonly attachment?: Omit<AttachmentChange, 'volumeId'>;
  readonly replaced?: readonly Replacement[];
}

/**
 * The attachment of a member as it is now. Throws `revision-mismatch` if another call was faster, so that the
 * caller decides again.
 */
const sameAttachment = ({ id, attachment }: Member, present: Attachment | undefined): SavedAttachment => {
  if (isSaved(present) && present.id === attachment) return present;
  throw new TaskportError(
    'revision-mismatch',
    `the attachment of ${id} was changed by someone else: try again`,
  );
};

/** An element without its upload; it keeps the data that it has. */
const withoutUpload = (
  { upload: _, dueAt: __, ...former }: ElementRecord,
  { caller, at }: Moment,
): ElementRecord => ({ ...former, attributes: nextRevision(former.attributes, at, caller) });

/** Gives up the upload into a volume that an attachment has begun. */
export const givenUp = async (
  { elements, known }: Pick<AttachingDependencies, 'elements' | 'known'>,
  volumeId: string,
  { upload }: SavedAttachment,
  moment: Moment,
): Promise<Replacement[]> => {
  const former = upload === undefined ? undefined : await elements.get(volumeId);
  if (!former?.upload || former.upload.key !== upload) return [];
  const location = await known.get(parseId(volumeId, 'id').location);
  const record = withoutUpload(former, moment);
  return [{ record, former, location, caller: moment.caller, discarded: [discardedUpload(former.upload)] }];
};

const attach = async (
  deps: AttachingDependencies,
  { executorId, incarnation }: Composition,
  member: Member,
  moment: Moment,
): Promise<Step> => {
  // A volume that does not persist needs no attachment: its guard keeps others from it.
  if (!member.mount?.persistent) return { member };
  if (!isToBeSaved(member))
    return { member: { ...member, bind: deps.newId() }, attachment: { next: { executorId } } };
  const attached = { state: 'attached', at: moment.at } as const;
  if (!member.saving) {
    const id = deps.newId();
    const attaching = { id, executorId, since: incarnation, round: 1, revision: 1, ...attached };
    return { member: { ...member, attachment: id }, attaching };
  }
  // Writes that are not saved yet stay on their engine, which continues with them.
  const { saving: _, ...bound } = member;
  const former = sameAttachment(member, await deps.elements.attachmentOf(member.id));
  const next = nextAttachment(former, { ...attached, round: former.round + 1 });
  const replaced = await givenUp(deps, member.id, former, moment);
  return { member: bound, attachment: { former, next }, replaced };
};

const detach = async (
  deps: AttachingDependencies,
  { executorId }: Composition,
  member: Member,
  moment: Moment,
  discard: boolean,
): Promise<Step> => {
  const { attachment: _, bind: __, ...free } = member;
  const present = member.attachment === undefined ? undefined : await deps.elements.attachmentOf(member.id);
  // An attachment that saves nothing, or that an earlier version made.
  if (!isSaved(present)) return { member: free, attachment: { former: { executorId } } };
  const former = sameAttachment(member, present);
  const { engine, round } = former;
  const { at } = moment;
  // No engine has claimed the attachment, so none has started a task with it.
  if (engine === undefined) return { member: free, attachment: { former } };
  const replaced = await givenUp(deps, member.id, former, moment);
  if (discard)
    return { member: settledMember(member, { outcome: 'discarded', at }), attachment: { former }, replaced };
  const next = nextAttachment(former, { state: 'saving', at });
  return {
    member: { ...member, saving: { round, since: at, engine } },
    attachment: { former, next },
    replaced,
  };
};

/** Changes each of the chosen volumes that are mounted for writing. */
const withEach = async (
  members: readonly Member[],
  chosen: ReadonlySet<string>,
  step: (member: Member) => Promise<Step>,
): Promise<Attached> => {
  const steps = await Promise.all(
    members.map((member): Step | Promise<Step> =>
      member.exclusive && chosen.has(member.id) ? step(member) : { member },
    ),
  );
  return {
    members: steps.map(({ member }) => member),
    attaching: steps.flatMap(({ member, attaching }) =>
      attaching ? [{ volumeId: member.id, next: attaching }] : [],
    ),
    attachments: steps.flatMap(({ member, attachment }) =>
      attachment ? [{ volumeId: member.id, ...attachment }] : [],
    ),
    replaced: steps.flatMap(({ replaced = [] }) => replaced),
  };
};

/** Attaches volumes that are being bound. If an attachment has writes that are not saved yet, it continues. */
export const attachAll = (
  deps: AttachingDependencies,
  composition: Composition,
  members: readonly Member[],
  chosen: ReadonlySet<string>,
  moment: Moment,
): Promise<Attached> => withEach(members, chosen, (member) => attach(deps, composition, member, moment));

/**
 * Detaches volumes that are being unbound. If an engine has written to a volume, this waits until the writes are
 * saved, or discards them at once if the caller says so.
 */
export const detachAll = (
  deps: AttachingDependencies,
  composition: Composition,
  members: readonly Member[],
  chosen: ReadonlySet<string>,
  moment: Moment,
  discard: boolean,
): Promise<Attached> =>
  withEach(members, chosen, (member) => detach(deps, composition, member, moment, discard));
