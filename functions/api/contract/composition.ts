import { selection } from '../../../lib/composition/bind.ts';
import { composeRequest } from '../../../lib/composition/compose.ts';
import { interruptRequest } from '../../../lib/composition/interrupt.ts';
import { joinRequest } from '../../../lib/composition/join-request.ts';
import { leaveRequest } from '../../../lib/composition/leave.ts';
import { listedRun } from '../../../lib/composition/listed-run.ts';
import { report, reportRequest } from '../../../lib/composition/report-request.ts';
import {
  openedSession,
  servedSession,
  sessionClaim,
  sessionRequest,
} from '../../../lib/composition/session/session-schema.ts';
import { composition, handled, member, shownTask } from '../../../lib/composition/shown-composition.ts';
import { unbinding } from '../../../lib/composition/unbind.ts';
import { signal } from '../../../lib/element/signal.ts';
import { answered, asked, pageOf } from './component.ts';

asked(
  'ComposeRequest',
  'An executor, and the changes to its composition that the service makes in one step.',
  composeRequest,
);
asked('JoinRequest', 'The member that joins an executor: an element or an inline task.', joinRequest);
asked('Selection', 'One member of a composition, or all members.', selection);
asked('Unbinding', 'The members to unbind, and whether to save or discard their writes.', unbinding);
asked('LeaveRequest', 'The member that leaves a composition.', leaveRequest);
asked('Signal', 'The name of a Linux signal, with or without `SIG`.', signal);
asked('SessionRequest', 'A request for a session.', sessionRequest);
answered('OpenedSession', 'A session that may begin.', openedSession);
asked('SessionClaim', 'The claim of a runner to serve a session.', sessionClaim);
answered('ServedSession', 'A session as the runner sees it.', servedSession);
asked('InterruptRequest', 'A task, and the signal for it.', interruptRequest);

const [waiting, running, exited, failed] = reportRequest.def.options;
asked('WaitingReport', 'A report that a task has not started, and what it waits for.', waiting);
asked('RunningReport', 'A report that a task runs.', running);
asked('ExitedReport', 'A report that a task ended.', exited);
asked('FailedReport', 'A report that a task could not start.', failed);
asked('ReportRequest', 'A report of a runner on a task.', reportRequest);
answered('Report', 'A report on a task.', report);
export const reportPage = pageOf('ReportPage', 'reports, the earliest first', report);

answered('JoinedTask', 'A joined task, and its latest run.', shownTask);
answered('Member', 'An element that has joined an executor.', member);
answered('Composition', 'The members of an executor, in the order in which they joined.', composition);
export const runPage = pageOf(
  'RunPage',
  'runs, the latest bind first',
  answered('Run', 'A bound task, and its latest run.', listedRun),
);
answered('HandledComposition', 'A composition, and the handle for the next call.', handled);
