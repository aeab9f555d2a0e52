import type { SessionRequest, Session as Talk } from '../client/sessions.ts';
import { withLatestHandle } from './latest-handle.ts';
import { meantId } from './meant-id.ts';
import type { Session } from './session.ts';

/** Opens a session with a task of an executor, which is named by its ID, or by its name alone where it is joined. */
export const talkTo = (
  session: Session,
  executor: string,
  task: string,
  request: Omit<SessionRequest, 'id'>,
): Promise<Talk> =>
  withLatestHandle(
    session,
    meantId('executor', executor, session.executorLocation),
    async (handle, { members }) => {
      const named = members.filter(({ id, kind }) => kind === 'task' && id.endsWith(`/${task}`));
      const [only, ...others] = task.includes('/') ? [] : named;
      const id = only && others.length === 0 ? only.id : meantId('task', task);
      return session.taskport.compositions.session(handle, { id, ...request }, session.call);
    },
  );
