import type { KeptSession } from '../composition/session/session.ts';
import { defined } from '../defined.ts';
import { homeOf } from '../element/member-id.ts';
import type { Change, Image } from './change.ts';
import { defineEvent } from './entry.ts';

const sessionIn = (image: Image | undefined): KeptSession | undefined =>
  image?.row === 'session' ? image.session : undefined;

const detailOf = ({ id }: Change, kept: KeptSession, verb: string, at: string) => {
  const { taskId, principal, executorId, composition, attempt } = kept;
  return {
    eventId: `${id}.${verb}`,
    schemaVersion: 1 as const,
    id: taskId,
    location: homeOf(taskId).location,
    at,
    actor: principal,
    composition: { executorId, ...composition },
    attempt,
  };
};

export const sessionBegan = defineEvent({
  verb: 'Began',
  version: 1,
  subjects: ['session'],
  meaning:
    'A caller attached to the task, or runs a command beside it. The event never contains the caller’s input.',
  detail: 'sessionBegan',
  of: (change) => {
    const kept = sessionIn(change.after);
    if (!kept || sessionIn(change.before)) return [];
    const { session: id, kind, args, terminal } = kept;
    return [
      {
        ...detailOf(change, kept, 'sessionBegan', kept.beganAt),
        session: { id, kind, terminal, ...defined({ args: args && [...args] }) },
      },
    ];
  },
});

export const sessionEnded = defineEvent({
  verb: 'Ended',
  version: 1,
  subjects: ['session'],
  meaning: 'The session ended: its command ended, the caller detached, or the connection of one side broke.',
  detail: 'sessionEnded',
  of: (change) => {
    const kept = sessionIn(change.after);
    if (!kept?.ended || sessionIn(change.before)?.ended) return [];
    const { at, seconds, how, exitCode } = kept.ended;
    const { session: id, kind } = kept;
    const told = { ...detailOf(change, kept, 'sessionEnded', at), session: { id, kind }, how, seconds };
    return [{ ...told, ...defined({ exitCode }) }];
  },
});
