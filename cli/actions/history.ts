import type { EventQuery } from '../../client/events.ts';
import { Pages } from '../../client/pages.ts';
import { calledEvent } from '../../lib/composition/end-in-words.ts';
import type { Report } from '../../lib/composition/report-request.ts';
import type { Envelope } from '../../lib/event/consumer.ts';
import { formatAmount } from '../details.ts';
import { locationCalled, meantIdOfAny } from '../meant-id.ts';
import { assertJoined } from '../members.ts';
import { ofRun } from '../run/absent-run.ts';
import { type Located, meantExecutor } from '../run/each-run.ts';
import { meantTask } from '../run/meant-task.ts';
import { hasFailed } from '../run/status-in-words.ts';
import { readTasks } from '../run/task-state.ts';
import type { Action } from '../session.ts';
import type { Row } from '../table.ts';
import { changeInWords, codeOfEnd, reasonOfEnd, type ToldChange } from '../told-end.ts';

interface EventOptions {
  readonly follow?: boolean;
  readonly kind?: string;
  readonly id?: string;
  readonly location?: string;
  readonly after?: string;
}

/** Members that only some events have. */
interface Told extends ToldChange {
  readonly composition?: { readonly executorId: string; readonly revision: number };
}

const toEventRow = ({ 'detail-type': type, detail }: Envelope): Row => {
  const told: Told = detail as object;
  return {
    at: detail.at,
    event: calledEvent(type, told),
    id: detail.id,
    executor: told.composition?.executorId,
    attempt: told.attempt,
    code: codeOfEnd(told),
    by: detail.actor,
    reason: changeInWords(told),
  };
};

async function* only<T>(items: AsyncIterable<T>, isMeant: (item: T) => boolean): AsyncGenerator<T, void> {
  for await (const item of items) if (isMeant(item)) yield item;
}

export const listEvents: Action<EventOptions> = async (session, _, { follow, kind, id, ...which }) => {
  const { events } = session.taskport;
  const location = id === undefined ? undefined : await locationCalled(session, id);
  const meant = id === undefined ? undefined : (location?.name ?? (await meantIdOfAny(session, id)));
  // With the ID of an executor, the list includes events of its tasks.
  const [executor, itsLocation] = /^executor:\/\/([^/]+)\/[^/]+$/.exec(meant ?? '') ?? [];
  const about = executor === undefined ? { id: meant } : { location: itsLocation };
  const isMeant = ({ detail }: Envelope): boolean =>
    executor === undefined || [detail.id, (detail as Told).composition?.executorId].includes(executor);
  const query: EventQuery = { ...about, ...which, kind: kind as EventQuery['kind'], ...session.call };
  if (!follow) {
    if ((await session.list(only(events.list(query), isMeant), toEventRow)) === 0) session.note('none');
    return;
  }
  const watched = async function* () {
    for await (const { event } of events.watch(query)) if (isMeant(event)) yield event;
  };
  await session.list(watched(), toEventRow, true);
  // A watch ends only by an interruption.
  session.io.signal.throwIfAborted();
};

export const listLineage: Action = async (session, [text = '']) => {
  const id = await meantIdOfAny(session, text);
  await session.listPages(
    new Pages(() => session.taskport.elements.lineage(id, session.call)),
    ({ id: ancestor, state, size, createdAt }) => ({
      id: ancestor,
      state,
      size: formatAmount('size', size),
      created: createdAt,
    }),
  );
};

/** Rows of reports in their order. For the last end, the row says that the task could have been started again. */
const reportRows = (): ((report: Report) => Row) => {
  let former: number | undefined;
  return ({ restartsLeft, nextAttemptAt, ...report }) => {
    const reason = reasonOfEnd(report);
    const isUsedUp = former === 1 && reason !== undefined && nextAttemptAt === undefined && hasFailed(report);
    if (reason !== undefined) former = restartsLeft;
    return {
      attempt: report.attempt,
      state: report.state,
      at: report.at,
      code: codeOfEnd(report),
      left: isUsedUp ? 0 : restartsLeft,
      next: nextAttemptAt,
      reason: isUsedUp
        ? `${reason}; no restarts left`
        : (reason ?? (report.waitsFor && `waits for ${report.waitsFor}`)),
    };
  };
};

export const listReports: Action<Located> = async (session, [executor = '', task], options) => {
  const executorId = meantExecutor(session, executor, options);
  const tasks = await ofRun(session, executorId, readTasks(session, executorId));
  const taskId = meantTask(executorId, tasks, task);
  const reports = session.taskport.elements.reports(executorId, taskId, session.call);
  const assertNone = () => assertJoined(session, executorId, taskId);
  await session.listPages(reports, reportRows(), { assertNone });
};
