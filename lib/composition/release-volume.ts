import { untilUncontended } from '../contention.ts';
import { type Attachment, isSaved } from '../element/attachment.ts';
import type { AttachmentJson } from '../element/attachment-schema.ts';
import { type ElementId, formatId, parseId } from '../element/id.ts';
import { inUse } from '../element/in-use.ts';
import { readElement } from '../element/read-element.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { rules } from '../kind/index.ts';
import { assertManages, permits } from '../location/access.ts';
import type { LocationDependencies } from '../location/locations.ts';
import type { Caller, Principal } from '../principal.ts';
import { givenUp } from './attaching.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { changeMember, settledMember } from './saves.ts';
import { presentAttachment } from './shown-attachment.ts';

type ReleaseDependencies = CompositionDependencies & Pick<LocationDependencies, 'administrators'>;

const assertVolume = ({ kind }: ElementId): void => {
  const { keepsWrites, called } = rules[kind];
  if (!keepsWrites)
    throw invalidRequest({
      path: 'path',
      message: `is ${called}: name a volume, since only volumes are attached`,
    });
};

const unattached = (id: ElementId): TaskportError =>
  new TaskportError(
    'not-found',
    `no executor has ${formatId(id)} for writing: join and bind it without \`readOnly\` to attach it`,
    { id: formatId(id) },
  );

/** The attachment of a volume, and the progress of its save. Throws `not-found` if no executor has the volume. */
export const readAttachmentOf = async (
  deps: CompositionDependencies,
  principal: Principal,
  id: ElementId,
): Promise<AttachmentJson> => {
  assertVolume(id);
  await readElement(deps, principal, id);
  const attachment = await deps.elements.attachmentOf(formatId(id));
  if (!attachment) throw unattached(id);
  const found = await deps.known.find(parseId(attachment.executorId, 'id').location);
  return presentAttachment(attachment, undefined, found !== undefined && permits(found, principal, 'read'));
};

/**
 * Discards writes to a volume that are not saved yet. The volume keeps its data, and the engine keeps its copy
 * aside. Throws `permission-denied` unless the caller manages the volume's location, `not-found`, and `in-use`
 * while the volume is bound.
 */
export const releaseVolume = async (
  deps: ReleaseDependencies,
  caller: Caller,
  id: ElementId,
): Promise<void> => {
  assertVolume(id);
  const volumeId = formatId(id);
  assertManages(await deps.known.get(id.location), caller.principal, deps.administrators);
  await untilUncontended(async () => {
    const attachment: Attachment | undefined = await deps.elements.attachmentOf(volumeId);
    if (!attachment) throw unattached(id);
    const { executorId } = attachment;
    if (!isSaved(attachment) || attachment.state === 'attached') {
      const reference = { id: executorId, kind: 'composition' } as const;
      const { members } = await inUse(deps.known, caller.principal, volumeId, [reference]);
      const detail = `${volumeId} is bound: unbind it first, with \`discard\` if it is not to be saved`;
      throw new TaskportError('in-use', detail, members);
    }
    const composition = await deps.compositions.get(executorId);
    // An earlier version let the member leave.
    if (!composition?.members.some((member) => member.attachment === attachment.id))
      return deps.elements.changeAttachment({ volumeId, former: attachment });
    const at = new Date(deps.now()).toISOString();
    const replaced = await givenUp(deps, volumeId, attachment, { caller, at });
    const released = { outcome: 'released', at } as const;
    const change = { member: (member) => settledMember(member, released), replaced } satisfies Parameters<
      typeof changeMember
    >[3];
    await changeMember(deps, volumeId, attachment, change, caller);
  });
};
