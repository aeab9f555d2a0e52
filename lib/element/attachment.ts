import { TaskportError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { Shown } from '../shown.ts';
import type { attachmentState, saveProblem } from './attachment-schema.ts';
import type { Checksum } from './checksum.ts';
import type { ElementDependencies } from './dependencies.ts';
import { hidingHolder } from './hidden-holder.ts';

/** Why what was written could not be saved yet. */
type SaveProblem = Shown<typeof saveProblem>;

/** What goes on with a volume that is attached for writing and whose writes are saved. */
export interface SavedAttachment {
  /** Fresh with each attachment; an executor that binds again what is not saved yet keeps it. */
  readonly id: string;
  readonly executorId: string;
  /** The incarnation of the composition that attached it. */
  readonly since: string;
  /** 1 at the bind, one more each time the same executor binds again: what is said of an earlier one is late. */
  readonly round: number;
  readonly state: Shown<typeof attachmentState>;
  /** Moves with every change. */
  readonly revision: number;
  /** The checksum of the data as it was attached; absent where there was none. */
  readonly base?: Checksum;
  /** The engine that has what was written; absent before one starts a task with it. */
  readonly engine?: string;
  /** Where the bytes are put that are on their way; the element’s upload. */
  readonly upload?: string;
  /** When it came to this state; RFC 3339, UTC. */
  readonly at: string;
  readonly problem?: SaveProblem;
}

/** Who has a volume for writing. Where nothing is saved, of `mount.save: never` and of before, only that is known. */
export type Attachment = SavedAttachment | Pick<SavedAttachment, 'executorId'>;

/** Whether what is written is saved. */
export const isSaved = (attachment: Attachment | undefined): attachment is SavedAttachment =>
  attachment !== undefined && 'id' in attachment;

/** An ID as the command line takes it, of a known kind. */
const shortOf = (id: string): string => id.slice(id.indexOf('://') + 3);

/** What keeps a volume from being had: who has it, and what helps. */
export const volumeAttached = (volumeId: string, attachment: Attachment): TaskportError => {
  const { executorId } = attachment;
  return isSaved(attachment) && attachment.state !== 'attached'
    ? notSavedYet(volumeId, executorId)
    : new TaskportError(
        'volume-attached',
        `${volumeId} is attached to ${executorId} for writing: stop that first by \`taskport stop ${shortOf(executorId)}\`, or unbind it, which saves what was written`,
        { executorId },
      );
};

/** What keeps a volume that was unbound from leaving, and others from having it. */
export const notSavedYet = (volumeId: string, executorId: string): TaskportError =>
  new TaskportError(
    'volume-attached',
    `what ${executorId} wrote to ${volumeId} is not saved yet: wait until its runner has saved it, or give it up by \`taskport compose unbind --discard ${shortOf(executorId)} ${shortOf(volumeId)}\``,
    { executorId },
  );

/** Throws `volume-attached` where an executor has a volume for writing. */
export const assertUnattached = async (
  { elements, known }: Pick<ElementDependencies, 'elements' | 'known'>,
  principal: Principal,
  volumeId: string,
): Promise<void> => {
  const attachment = await elements.attachmentOf(volumeId);
  if (!attachment) return;
  await hidingHolder(known, principal, () => Promise.reject(volumeAttached(volumeId, attachment)));
};
