import { defined } from '../defined.ts';
import { type Attachment, isSaved, type SavedAttachment } from '../element/attachment.ts';
import type { ElementStore, Replacement } from '../element/element-store.ts';
import { type Saves, toldProblem } from '../element/upload/settle-upload.ts';
import { TaskportError } from '../errors.ts';
import type { Caller } from '../principal.ts';
import { type Member, nextComposition } from './composition.ts';
import type { CompositionReplacement, CompositionStore } from './composition-store.ts';

/** The next state of an attachment, without an upload. */
export const nextAttachment = (
  { upload: _, problem: __, ...former }: SavedAttachment,
  change: Partial<SavedAttachment>,
): SavedAttachment => ({ ...former, ...change, revision: former.revision + 1 });

/** A member whose attachment has ended. */
export const settledMember = (
  { attachment, saving: _, ...member }: Member,
  settled: Omit<NonNullable<Member['settled']>, 'attachment'>,
): Member => (attachment === undefined ? member : { ...member, settled: { attachment, ...settled } });

/** The dependencies of ending an attachment. */
export interface SavesDependencies {
  readonly compositions: Pick<CompositionStore, 'get' | 'replace'>;
  readonly elements: Pick<ElementStore, 'attachmentOf' | 'replace'>;
  readonly now: () => number;
}

/** Changes to a volume that an executor has: its attachment, which is absent once it has ended, and the member. */
export interface MemberChange {
  readonly next?: SavedAttachment;
  readonly member: (member: Member) => Member;
  readonly replaced: readonly Replacement[];
}

/**
 * Changes the attachment of a volume and the member of the composition that has it, in one step; handles stay
 * valid. Throws `revision-mismatch` if one of them is not as it was read.
 */
export const changeMember = async (
  { compositions, now }: Omit<SavesDependencies, 'elements'>,
  volumeId: string,
  attachment: SavedAttachment,
  { next, member: changed, replaced }: MemberChange,
  caller: Caller,
): Promise<void> => {
  const former = await compositions.get(attachment.executorId);
  const isMeant = (member: Member): boolean => member.id === volumeId && member.attachment === attachment.id;
  if (!former?.members.some(isMeant)) {
    throw new TaskportError(
      'revision-mismatch',
      `the composition of ${attachment.executorId} was changed by someone else: try again`,
    );
  }
  const members = former.members.map((member) => (isMeant(member) ? changed(member) : member));
  const replacement: CompositionReplacement = {
    composition: nextComposition(former, { members }, new Date(now()).toISOString(), caller),
    former,
    attachments: [defined({ volumeId, former: attachment, next })],
    replaced,
    caller,
  };
  await compositions.replace(replacement);
};

/** A member whose writes could not be saved, and the reason. */
export const withProblem =
  (problem: SavedAttachment['problem']) =>
  (member: Member): Member =>
    member.saving ? { ...member, saving: defined({ ...member.saving, problem }) } : member;

/** Ends uploads of executors' writes, each with its attachment and its member. */
export const createSaves = (deps: SavesDependencies): Saves => {
  /** The attachment that awaits this upload. */
  const awaiting = async ({ former }: Replacement, id: string): Promise<SavedAttachment | undefined> => {
    const present: Attachment | undefined = await deps.elements.attachmentOf(former.attributes.id);
    return isSaved(present) && present.id === id && present.upload === former.upload?.key
      ? present
      : undefined;
  };
  return {
    async saved(replacement, id) {
      const { record, caller } = replacement;
      const attachment = await awaiting(replacement, id);
      if (attachment?.state !== 'verifying') {
        throw new TaskportError(
          'not-attached',
          `the writes to ${record.attributes.id} were discarded meanwhile: stop sending them`,
        );
      }
      const { checksum, modifiedAt: at } = record.attributes;
      const member = (former: Member) => settledMember(former, defined({ outcome: 'saved', at, checksum }));
      const change = { member, replaced: [replacement] };
      await changeMember(deps, record.attributes.id, attachment, change, caller);
    },
    async refused(replacement, id, error) {
      const attachment = await awaiting(replacement, id);
      if (!attachment) return deps.elements.replace(replacement);
      const { attributes } = replacement.record;
      const problem = toldProblem(error);
      const at = attachment.state === 'saving' ? attachment.at : attributes.modifiedAt;
      const next = nextAttachment(attachment, { state: 'saving', at, problem });
      const change = { next, member: withProblem(problem), replaced: [replacement] };
      await changeMember(deps, attributes.id, attachment, change, replacement.caller);
    },
  };
};
