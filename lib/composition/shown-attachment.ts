import { defined } from '../defined.ts';
import { type Attachment, isSaved } from '../element/attachment.ts';
import { type AttachmentJson, shownAttachment } from '../element/attachment-schema.ts';
import type { UploadJson } from '../element/upload/upload-schema.ts';
import { inOrder } from '../in-order.ts';

/** An attachment as the API shows it; without the executor for callers who may not read that. */
export const presentAttachment = (
  attachment: Attachment,
  upload?: UploadJson,
  showsExecutor = true,
): AttachmentJson => {
  const { executorId } = attachment;
  const holder = showsExecutor ? { executorId } : { hidden: true as const };
  if (!isSaved(attachment)) return { ...holder, state: 'attached' };
  const { id, state, round, at, base, engine, problem } = attachment;
  const told = { attachment: id, ...holder, state, round, at, base, engine, problem, upload };
  return inOrder(shownAttachment, defined(told) as AttachmentJson);
};
