import { Pages } from '../../client/pages.ts';
import type { Kind } from '../../lib/kind/index.ts';
import { meantId } from '../meant-id.ts';
import type { Action } from '../session.ts';

export const listTasks =
  (kind: Kind): Action =>
  (session, [text = '']) =>
    session.listPages(
      new Pages(() => session.taskport.elements.tasks(meantId(kind, text), session.call)),
      ({ id }) => ({ id }),
    );

export const associateTask =
  (kind: Kind): Action =>
  async (session, [text = '', task = '']) => {
    const [id, taskId] = [meantId(kind, text), meantId('task', task)];
    const storage = await session.taskport.elements.associate(id, taskId, session.call);
    session.show(storage, () => `${taskId} comes along with ${id}`);
  };

export const dissociateTask =
  (kind: Kind): Action =>
  async (session, [text = '', task = '']) => {
    const [id, taskId] = [meantId(kind, text), meantId('task', task)];
    await session.taskport.elements.dissociate(id, taskId, session.call);
    session.show({ id, task: taskId, dissociated: true }, () => `${taskId} comes along with ${id} no more`);
  };
