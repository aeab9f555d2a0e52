import { Pages } from '../../client/pages.ts';
import type { Kind } from '../../lib/kind/index.ts';
import type { Action } from '../session.ts';

export const listTasks =
  (kind: Kind): Action =>
  (session, [text = '']) =>
    session.listPages(
      new Pages(() => session.taskport.elements.tasks(session.idOf(kind, text), session.call)),
      ({ id }) => ({ id }),
    );

export const associateTask =
  (kind: Kind): Action =>
  async (session, [text = '', task = '']) => {
    const [id, taskId] = [session.idOf(kind, text), session.idOf('task', task)];
    const storage = await session.taskport.elements.associate(id, taskId, session.call);
    session.show(storage, () => `${taskId} joins with ${id}`);
  };

export const dissociateTask =
  (kind: Kind): Action =>
  async (session, [text = '', task = '']) => {
    const [id, taskId] = [session.idOf(kind, text), session.idOf('task', task)];
    await session.taskport.elements.dissociate(id, taskId, session.call);
    session.show({ id, task: taskId, dissociated: true }, () => `${taskId} no longer joins with ${id}`);
  };
