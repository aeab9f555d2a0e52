import { attachmentOf } from '../actions/attachments.ts';
import type { Session } from '../session.ts';
import { isRefusal } from '../told-refusal.ts';
import { shortOf } from './made-by-run.ts';

/** Reports volumes with unsaved writes, which a reader does not see. */
export const noteNewerWrites = async (session: Session, ids: readonly string[]): Promise<void> => {
  await Promise.all(
    ids.map(async (id) => {
      // A caller who may use a volume may lack the right to see its attachment.
      const found = await attachmentOf(session, id).catch((error: unknown) => {
        if (isRefusal(error)) return undefined;
        throw error;
      });
      // Before an engine has it, no task has written.
      if (found?.engine === undefined) return;
      const { executorId, state } = found;
      const writer = executorId === undefined ? 'an executor that you may not see' : shortOf(executorId);
      const help =
        state !== 'attached'
          ? 'its runner is saving them'
          : executorId === undefined
            ? 'a stop of that executor saves them'
            : `\`taskport stop ${writer}\` saves them`;
      session.note(
        `this command reads ${shortOf(id)} as of its last save, without later writes by ${writer}: ${help}`,
      );
    }),
  );
};
