import type { AttachmentJson } from '../../lib/element/attachment-schema.ts';
import { each } from '../each.ts';
import type { Action, Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';

/** The attachment of a volume; undefined if no executor has the volume for writing. */
export const attachmentOf = ({ taskport, call }: Session, id: string): Promise<AttachmentJson | undefined> =>
  unlessAbsent(taskport.attachments.of(id, call));

/** Discards writes to volumes that are not saved yet. */
export const releaseVolumes: Action = (session, texts) =>
  each(
    session,
    texts.map((text) => session.idOf('volume', text)),
    async (id) => {
      await session.taskport.attachments.release(id, session.call);
      session.show({ id, released: true }, () => `${id} is released: its unsaved writes are discarded`);
    },
  );
