import type { Session } from '../session.ts';
import { shortOf } from './made-by-run.ts';
import { isLive, type Member, tasksAmong } from './task-state.ts';

/** The volumes, in short, that an executor has for writing though nothing of it runs any more: they are saved once they are unbound. */
export const unsavedOf = (members: readonly Member[]): string[] =>
  tasksAmong(members).some(isLive)
    ? []
    : members
        .filter(({ bound, attachment }) => bound && attachment !== undefined)
        .map(({ id }) => shortOf(id));

/** Says what was written and is not saved, and what saves it. */
export const noteUnsaved = (
  session: Pick<Session, 'note'>,
  executorId: string,
  members: readonly Member[],
): void => {
  const volumes = unsavedOf(members);
  if (volumes.length === 0) return;
  session.note(
    `what was written to ${volumes.join(', ')} is not saved yet: \`taskport stop ${shortOf(executorId)}\` saves it`,
  );
};
