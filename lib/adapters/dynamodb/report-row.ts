import type { Report } from '../../composition/report-request.ts';
import type { Item } from './engine/expression.ts';
import { reportsPartition } from './keys.ts';
import { DAY_SECONDS, expiring } from './time-to-live.ts';

/** Seconds for which a report is kept. */
const KEPT_SECONDS = 90 * DAY_SECONDS;

/** The order of the reports on one attempt. A later report of a wait replaces the earlier one. */
const ORDER = { bound: 0, running: 1, exited: 2, failed: 2 } as const satisfies Record<
  Report['state'],
  number
>;

/** The place of a report: by attempt, then by state within the attempt. */
const placeOf = ({ attempt, state }: Report): string =>
  `${String(attempt).padStart(10, '0')}#${ORDER[state]}`;

/** The row of a report; `composition` is the incarnation of the composition in which a runner made it. */
export const toReportRow = (composition: string, taskId: string, report: Report): Item => ({
  pk: reportsPartition(composition, taskId),
  sk: placeOf(report),
  row: 'report',
  report,
  ...expiring(KEPT_SECONDS),
});

/** The report that a row keeps. */
export const toReport = (row: Item): Report => row.report as Report;
