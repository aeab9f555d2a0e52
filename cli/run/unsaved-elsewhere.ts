import { attachmentOf } from '../actions/attachments.ts';
import type { Session } from '../session.ts';
import { isRefusal } from '../told-refusal.ts';
import { shortOf } from './made-by-run.ts';

/** Says of volumes whose latest writes are not read that they are not saved yet. */
export const noteUnsaved = async (session: Session, ids: readonly string[]): Promise<void> => {
  await Promise.all(
    ids.map(async (id) => {
      // Who may use a volume may lack the right to see who writes to it.
      const found = await attachmentOf(session, id).catch((error: unknown) => {
        if (isRefusal(error)) return undefined;
        throw error;
      });
      // Before an engine has it, nothing was written.
      if (found?.engine === undefined) return;
      const { executorId, state } = found;
      const writer = executorId === undefined ? 'an executor that you may not see' : shortOf(executorId);
      const help =
        state !== 'attached'
          ? 'it is being saved'
          : executorId === undefined
            ? 'a stop of it saves that'
            : `\`taskport stop ${writer}\` saves that`;
      session.note(
        `${shortOf(id)} is read as it was saved last, without what ${writer} wrote since: ${help}`,
      );
    }),
  );
};
