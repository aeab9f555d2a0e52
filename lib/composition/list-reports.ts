import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import { formatId } from '../element/id.ts';
import type { PageJson } from '../element/page.ts';
import { readElement } from '../element/read-element.ts';
import type { Principal } from '../principal.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { presentReport, type Report } from './report-request.ts';
import { assertReportable, type Reported } from './report-task.ts';

const PLACE = /^\d{10}#\d$/;

/**
 * A page of the reports on a task of an executor, the earliest first. They are kept after the task has left.
 * Throws `unknown-location`, `not-found`, `invalid-request`.
 */
export const listReports = async (
  deps: CompositionDependencies,
  principal: Principal,
  reported: Reported,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<PageJson<Report>> => {
  assertReportable(reported);
  const [executorId, taskId] = [formatId(reported.executor), formatId(reported.task)];
  const query = ['reports', executorId, taskId];
  const after = decodeCursor(query, cursor, (place) => PLACE.test(place));
  await readElement(deps, principal, reported.executor);
  const composition = await deps.compositions.get(executorId);
  if (!composition) return { items: [] };
  const page = await deps.compositions.reports(composition, taskId, limit, after);
  return defined({
    items: page.items.map(presentReport),
    cursor: page.next === undefined ? undefined : encodeCursor(query, page.next),
  });
};
