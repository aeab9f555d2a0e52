import { TaskportError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { Shown } from '../shown.ts';
import type { attachmentState, saveProblem } from './attachment-schema.ts';
import type { Checksum } from './checksum.ts';
import type { ElementDependencies } from './dependencies.ts';
import { hidingHolder } from './hidden-holder.ts';

/** The reason why the writes could not be saved yet. */
type SaveProblem = Shown<typeof saveProblem>;

/** The attachment of a volume whose writes are saved. */
export interface SavedAttachment {
  /** New for each attachment; an executor that binds a volume again before it is saved keeps the ID. */
  readonly id: string;
  readonly executorId: string;
  /** The incarnation of the composition that attached it. */
  readonly since: string;
  /**
   * 1 at the first bind, one more each time the same executor binds again: a call that names an earlier round is
   * late.
   */
  readonly round: number;
  readonly state: Shown<typeof attachmentState>;
  /** Moves with every change. */
  readonly revision: number;
  /** The checksum of the volume's data at the bind; absent if it had none. */
  readonly base?: Checksum;
  /** The engine that has the writes; absent before an engine starts a task with the volume. */
  readonly engine?: string;
  /** The key under which the uploaded bytes are stored; that of the element’s upload. */
  readonly upload?: string;
  /** When the attachment entered this state; RFC 3339, UTC. */
  readonly at: string;
  readonly problem?: SaveProblem;
}

/**
 * The executor that has a volume for writing. An attachment that saves nothing (with `mount.save: never`, or
 * made by an earlier version) contains only that.
 */
export type Attachment = SavedAttachment | Pick<SavedAttachment, 'executorId'>;

/** Whether the writes are saved. */
export const isSaved = (attachment: Attachment | undefined): attachment is SavedAttachment =>
  attachment !== undefined && 'id' in attachment;

/** An ID in the short form of the command line. */
const shortOf = (id: string): string => id.slice(id.indexOf('://') + 3);

/** The problem of a volume that another executor has, with the way out. */
export const volumeAttached = (volumeId: string, attachment: Attachment): TaskportError => {
  const { executorId } = attachment;
  return isSaved(attachment) && attachment.state !== 'attached'
    ? notSavedYet(volumeId, executorId)
    : new TaskportError(
        'volume-attached',
        `${volumeId} is attached to ${executorId} for writing: stop that first by \`taskport stop ${shortOf(executorId)}\`, or unbind it, which saves the writes`,
        { executorId },
      );
};

/** The problem of a volume whose writes are not saved yet, so that it cannot leave and others cannot join it. */
export const notSavedYet = (volumeId: string, executorId: string): TaskportError =>
  new TaskportError(
    'volume-attached',
    `the writes of ${executorId} to ${volumeId} are not saved yet: wait until its runner has saved them, or discard them by \`taskport compose unbind --discard ${shortOf(executorId)} ${shortOf(volumeId)}\``,
    { executorId },
  );

/** Throws `volume-attached` if an executor has a volume for writing. */
export const assertUnattached = async (
  { elements, known }: Pick<ElementDependencies, 'elements' | 'known'>,
  principal: Principal,
  volumeId: string,
): Promise<void> => {
  const attachment = await elements.attachmentOf(volumeId);
  if (!attachment) return;
  await hidingHolder(known, principal, () => Promise.reject(volumeAttached(volumeId, attachment)));
};
