import type { EventQuery } from '../../client/events.ts';
import { Pages } from '../../client/pages.ts';
import { endInWords, type ToldEnd } from '../../lib/composition/end-in-words.ts';
import type { Report } from '../../lib/composition/report-request.ts';
import type { Envelope } from '../../lib/event/consumer.ts';
import { formatAmount, printable } from '../details.ts';
import { meantId, meantIdOfAny } from '../meant-id.ts';
import { assertJoined } from '../members.ts';
import type { Action } from '../session.ts';
import type { Row } from '../table.ts';

interface EventOptions {
  readonly follow?: boolean;
  readonly kind?: string;
  readonly id?: string;
  readonly location?: string;
  readonly after?: string;
}

const formatEvent = ({ 'detail-type': type, detail }: Envelope): string => {
  const end = endInWords(detail as ToldEnd);
  return `${detail.at}  ${type}  ${detail.id}  by ${detail.actor}${end && `  ${printable(end)}`}`;
};

export const listEvents: Action<EventOptions> = async (session, _, { follow, kind, ...which }) => {
  const { events } = session.taskport;
  const query: EventQuery = { ...which, kind: kind as EventQuery['kind'], ...session.call };
  if (!follow) {
    let isEmpty = true;
    for await (const event of events.list(query)) {
      isEmpty = false;
      session.show(event, formatEvent);
    }
    if (isEmpty) session.note('none');
    return;
  }
  for await (const { event } of events.watch(query)) session.show(event, formatEvent);
  // A watch ends by an interruption alone.
  session.io.signal.throwIfAborted();
};

export const listAudit: Action = async (session, [text = '']) => {
  const id = await meantIdOfAny(session, text);
  await session.listPages(session.taskport.elements.audit(id, session.call), (entry) => ({
    at: entry.at,
    action: entry.action,
    actor: entry.actor,
    // The other that it names: a member of this executor, a child, the executor that took it, a tag.
    other: entry.id ?? entry.child?.id ?? entry.composition?.executorId ?? entry.tag?.id,
    revision: entry.revision,
    changed: entry.changed?.join(', '),
    reason: endInWords(entry) || entry.outcome,
  }));
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

const outcomeOf = ({ exitCode, exitSignal, launchError, lost }: Report): string | undefined =>
  launchError ?? lost ?? exitSignal ?? (exitCode === undefined ? undefined : String(exitCode));

const toReportRow = (report: Report): Row => ({
  attempt: report.attempt,
  state: report.state,
  at: report.at,
  reason: report.reason,
  left: report.restartsLeft,
  next: report.nextAttemptAt,
  outcome: outcomeOf(report),
});

export const listReports: Action = async (session, [executor = '', task = '']) => {
  const [executorId, taskId] = [meantId('executor', executor), meantId('task', task)];
  const reports = session.taskport.elements.reports(executorId, taskId, session.call);
  const assertNone = () => assertJoined(session, executorId, taskId);
  await session.listPages(reports, toReportRow, { assertNone });
};
