import type { Report } from '../../composition/report-request.ts';
import type { Item } from './engine/expression.ts';
import { reportsPartition } from './keys.ts';
import { expiring } from './time-to-live.ts';

/** Seconds for which what was reported is kept. */
const KEPT_SECONDS = 90 * 24 * 3600;

/** What was reported stands in order of attempts, and within one of what follows what. */
const placeOf = ({ attempt, state }: Report): string =>
  `${String(attempt).padStart(10, '0')}#${state === 'running' ? 1 : 2}`;

/** The row of a report; `composition` is the incarnation of the composition in which it was made. */
export const toReportRow = (composition: string, taskId: string, report: Report): Item => ({
  pk: reportsPartition(composition, taskId),
  sk: placeOf(report),
  row: 'report',
  report,
  ...expiring(KEPT_SECONDS),
});

/** The report that a row keeps. */
export const toReport = (row: Item): Report => row.report as Report;
