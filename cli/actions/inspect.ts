import { ProblemError } from '../../client/problem-error.ts';
import type { Report } from '../../lib/composition/report-request.ts';
import { each } from '../each.ts';
import { meantId, meantIdOfAny } from '../meant-id.ts';
import { assertJoined } from '../members.ts';
import type { Action, Session } from '../session.ts';
import { ABSENT } from '../unless-absent.ts';

const isAbsent = (error: unknown): boolean =>
  error instanceof ProblemError && ABSENT.includes(error.code ?? '');

/** A run of a task on an executor: how it is joined, and what was reported. */
const readRun = async (session: Session, executorId: string, id: string): Promise<object> => {
  const { taskport, call } = session;
  const { composition } = await taskport.elements.read(executorId, { fields: ['composition'], ...call });
  const member = composition?.members.find((each) => each.id === id);
  const reports: Report[] = [];
  for await (const report of taskport.elements.reports(executorId, id, call)) reports.push(report);
  if (!member && reports.length === 0) await assertJoined(session, executorId, id);
  return { executorId, ...(member ?? { id }), reports };
};

/** What a name without a location may be: a location, or else an executor of the location that is meant for these. */
const readNamed = async (session: Session, name: string): Promise<object> => {
  const { taskport, call, executorLocation } = session;
  try {
    return await taskport.locations.read(name, call);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const executor = taskport.elements.read(meantId('executor', name, executorLocation), call);
    return executor.catch((other: unknown) => {
      throw isAbsent(other) ? error : other;
    });
  }
};

const readAny = async (session: Session, text: string): Promise<object> => {
  if (/^[^/:]+$/.test(text)) return readNamed(session, text);
  const id = await meantIdOfAny(session, text);
  const [, executorId] = /^(executor:\/\/[^/]+\/[^/]+)\/tasks\//.exec(id) ?? [];
  if (executorId !== undefined) return readRun(session, executorId, id);
  return session.taskport.elements.read(id, session.call);
};

/** Prints all that is to be known of locations, elements (of executors with their composition) and runs. */
export const inspect: Action<{ readonly on?: string }> = (session, texts, { on }) =>
  each(session, texts, async (text) => {
    const found =
      on === undefined
        ? await readAny(session, text)
        : await readRun(
            session,
            meantId('executor', on, session.executorLocation),
            await meantIdOfAny(session, text),
          );
    session.show(found, (thing) => JSON.stringify(thing, undefined, 2));
  });
