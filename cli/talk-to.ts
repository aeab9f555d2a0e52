import type { SessionRequest, Session as Talk } from '../client/sessions.ts';
import { withHandle } from './actions/composing.ts';
import { idOf, type Session } from './session.ts';

/** Opens a session with a task of an executor, which is named by its ID, or by its name alone where it is joined. */
export const talkTo = (
  session: Session,
  executor: string,
  task: string,
  request: Omit<SessionRequest, 'id'>,
): Promise<Talk> =>
  withHandle(session, executor, {}, async (handle, { members }) => {
    const named = members.filter(({ id, kind }) => kind === 'task' && id.endsWith(`/${task}`));
    const [only, ...others] = task.includes('/') ? [] : named;
    const id = only && others.length === 0 ? only.id : idOf('task', task);
    return session.taskport.compositions.session(handle, { id, ...request }, session.call);
  });
