import { type Attachment, isSaved, volumeAttached } from '../../element/attachment.ts';
import type { AttachmentChange } from '../../element/element-store.ts';
import { TaskportError } from '../../errors.ts';
import { absent, type Clause } from './engine/clause.ts';
import type { Expression, Item } from './engine/expression.ts';
import { attachmentKey } from './keys.ts';

/** Reads from a volume's row which executor has it for writing. */
export const toAttachment = (item: Item | undefined): Attachment | undefined => {
  if (!item) return undefined;
  const { pk: _, sk: __, row: ___, ...attachment } = item;
  return attachment as unknown as Attachment;
};

/**
 * Holds while an attachment is as it was read. An attachment that saves nothing has no ID. A volume that does
 * not persist has none, unless an earlier version made it.
 */
const asRead = (former: Attachment): Expression =>
  isSaved(former)
    ? {
        expression: '#id = :attachment AND #revision = :attachmentRevision',
        names: { '#id': 'id', '#revision': 'revision' },
        values: { ':attachment': former.id, ':attachmentRevision': former.revision },
      }
    : {
        expression: 'attribute_not_exists(pk) OR (executorId = :executor AND attribute_not_exists(#id))',
        names: { '#id': 'id' },
        values: { ':executor': former.executorId },
      };

/** Changes which executor has a volume for writing, if the attachment is still as it was read. */
export const attachmentClause = ({ volumeId, former, next }: AttachmentChange): Clause => {
  const key = attachmentKey(volumeId);
  const condition = former ? asRead(former) : absent;
  return {
    write: next ? { put: { ...key, row: 'attachment', ...next }, condition } : { remove: key, condition },
    problem: (row) => {
      const present = toAttachment(row);
      if (!former && present) return volumeAttached(volumeId, present);
      return new TaskportError(
        'revision-mismatch',
        `the attachment of ${volumeId} was changed by someone else: try again`,
      );
    },
  };
};
