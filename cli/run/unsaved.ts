import type { Session } from '../session.ts';
import { shortOf } from './made-by-run.ts';
import { areOver, type Member } from './task-state.ts';

/** The short names of volumes that an executor still has for writing after its tasks have ended: an unbind saves them. */
export const unsavedOf = (members: readonly Member[]): string[] =>
  areOver(members)
    ? members
        .filter(({ bound, attachment }) => bound && attachment !== undefined)
        .map(({ id }) => shortOf(id))
    : [];

/** Reports writes that are not saved, and how to save them. */
export const noteUnsaved = (
  session: Pick<Session, 'note'>,
  executorId: string,
  members: readonly Member[],
): void => {
  const volumes = unsavedOf(members);
  if (volumes.length === 0) return;
  session.note(
    `the writes to ${volumes.join(', ')} are not saved yet: \`taskport stop ${shortOf(executorId)}\` saves them`,
  );
};
