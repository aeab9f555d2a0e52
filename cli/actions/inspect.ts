import type { Report } from '../../lib/composition/report-request.ts';
import { each } from '../each.ts';
import { locationCalled, meantIdOfAny } from '../meant-id.ts';
import { assertJoined } from '../members.ts';
import type { Action, Session } from '../session.ts';

/** A run of a task on an executor: the member, and its reports. */
const readRun = async (session: Session, executorId: string, id: string): Promise<object> => {
  const { taskport, call } = session;
  const { composition } = await taskport.elements.read(executorId, { fields: ['composition'], ...call });
  const member = composition?.members.find((each) => each.id === id);
  const reports: Report[] = [];
  for await (const report of taskport.elements.reports(executorId, id, call)) reports.push(report);
  if (!member && reports.length === 0) await assertJoined(session, executorId, id);
  return { executorId, ...(member ?? { id }), reports };
};

const readAny = async (session: Session, text: string): Promise<object> => {
  const location = await locationCalled(session, text);
  if (location) return location;
  const id = await meantIdOfAny(session, text);
  const [, executorId] = /^(executor:\/\/[^/]+\/[^/]+)\/tasks\//.exec(id) ?? [];
  if (executorId !== undefined) return readRun(session, executorId, id);
  return session.taskport.elements.read(id, session.call);
};

/** Prints everything about locations, elements (with the composition of executors) and runs. */
export const inspect: Action<{ readonly on?: string }> = (session, texts, { on }) =>
  each(session, texts, async (text) => {
    const found =
      on === undefined
        ? await readAny(session, text)
        : await readRun(session, session.idOf('executor', on), await meantIdOfAny(session, text));
    session.show(found, (thing) => JSON.stringify(thing, undefined, 2));
  });
