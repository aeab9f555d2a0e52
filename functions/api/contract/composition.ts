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
  'The executor, and the changes to make to its composition in one step.',
  composeRequest,
);
asked('JoinRequest', 'The member that joins: an element, or an inline task.', joinRequest);
asked('Selection', 'One element of a composition, or all of them.', selection);
asked('Unbinding', 'The members to unbind, and whether to save or discard their writes.', unbinding);
asked('LeaveRequest', 'What is to leave.', leaveRequest);
asked('Signal', 'A signal of Linux by its name, with or without `SIG`.', signal);
asked('SessionRequest', 'A request for a session.', sessionRequest);
answered('OpenedSession', 'A session that may begin.', openedSession);
asked('SessionClaim', 'A runner that takes a session on.', sessionClaim);
answered('ServedSession', 'A session as the runner sees it.', servedSession);
asked('InterruptRequest', 'Which task is to be sent which signal.', interruptRequest);

const [waiting, running, exited, failed] = reportRequest.def.options;
asked('WaitingReport', 'That a task has not started, and what it waits for.', waiting);
asked('RunningReport', 'That a task runs.', running);
asked('ExitedReport', 'That a task ended.', exited);
asked('FailedReport', 'That a task could not be started.', failed);
asked('ReportRequest', 'A report of a runner on a task.', reportRequest);
answered('Report', 'A report on a task.', report);
export const reportPage = pageOf('ReportPage', 'reports, the earliest first', report);

answered('JoinedTask', 'A task as it was joined, and its latest run.', shownTask);
answered('Member', 'An element that is joined.', member);
answered(
  'Composition',
  'The elements that are joined to an executor, in the order in which they were.',
  composition,
);
export const runPage = pageOf(
  'RunPage',
  'runs, the latest bind first',
  answered('Run', 'A task that was bound, and its latest run.', listedRun),
);
answered('HandledComposition', 'A composition, and the handle to go on with.', handled);
