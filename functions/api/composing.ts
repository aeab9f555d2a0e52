/** The operations on compositions and reports, in one module; the first such call loads it. */
export { bindElements } from '../../lib/composition/bind.ts';
export { closeComposition, closeQuery } from '../../lib/composition/close-composition.ts';
export { composeAtOnce } from '../../lib/composition/compose.ts';
export { interruptTask } from '../../lib/composition/interrupt.ts';
export { joinElement } from '../../lib/composition/join.ts';
export { leaveElement } from '../../lib/composition/leave.ts';
export { listReports } from '../../lib/composition/list-reports.ts';
export { listRuns } from '../../lib/composition/list-runs.ts';
export { reportTask } from '../../lib/composition/report-task.ts';
export { openSession } from '../../lib/composition/session/open-session.ts';
export { serveSession } from '../../lib/composition/session/serve-session.ts';
export { unbindElements } from '../../lib/composition/unbind.ts';
