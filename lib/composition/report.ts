import { defined } from '../defined.ts';
import { TaskportError } from '../errors.ts';
import { rememberAttempts } from './attempts.ts';
import {
  type Composition,
  isTask,
  type Run,
  referencesOf,
  type TaskMember,
  wasAsked,
  withTask,
} from './composition.ts';
import { wasEndedBy } from './exit-status.ts';
import { type Effect, memberOf, notBound, notJoined } from './operation.ts';
import { type Reason, reasonOf } from './reason.ts';
import type { Report, ReportRequest } from './report-request.ts';
import { nextAttempt, restartsOf } from './supervision.ts';

/** How many attempts a report may be ahead of the known one, if no report on those between arrived. */
const MAX_LEAP = 1_000;

const refused = (detail: string, { state, attempt }: Run): TaskportError =>
  new TaskportError('invalid-state', detail, { state, attempt });

const order = { created: 0, bound: 0, running: 1, exited: 2, failed: 2 } as const;

/** Whole seconds between two times of the service's clock, which may have been set back. */
const secondsBetween = (from: string, to: string): number =>
  Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));

const toRun = (member: TaskMember, report: ReportRequest, heardAt: string): Run => {
  const { spec, run: former } = member.task;
  const { at, state, since: _, epoch: __, ...said } = report;
  const isSame = report.attempt === former.attempt;
  const { boundAt, startedAt, output, halted } = isSame ? former : ({} as Partial<Run>);
  const hasEnded = state === 'exited' || state === 'failed';
  const restarts = isSame
    ? (former.restarts ?? 0)
    : restartsOf(spec, former) + report.attempt - former.attempt;
  const ranFrom = isSame && hasEnded && former.state === 'running' ? former.heardAt : undefined;
  return {
    state,
    ...defined({ output }),
    ...said,
    ...defined({
      boundAt,
      startedAt: state === 'running' ? at : startedAt,
      endedAt: hasEnded ? at : undefined,
      restarts: restarts === 0 ? undefined : restarts,
      runningSince: former.runningSince ?? (state === 'running' ? heardAt : undefined),
      ranSeconds: ranFrom === undefined ? undefined : secondsBetween(ranFrom, heardAt),
      halted,
    }),
    heardAt,
  };
};

/** A run with the reason of its end and what follows, if it has ended. */
const concluded = ({ bound, task: { spec, interrupt } }: TaskMember, run: Run, knows?: Reason): Run => {
  const isSignalled = interrupt?.attempt === run.attempt && wasEndedBy(run, interrupt.signal);
  const reason = knows ?? reasonOf(run, !bound || isSignalled);
  if (reason === undefined) return run;
  const ended = { ...run, reason };
  return { ...ended, ...(bound && nextAttempt(spec, ended)) };
};

const isRepeat = (run: Run, report: ReportRequest): boolean =>
  (['attempt', 'state', 'waitsFor', 'exitCode', 'exitSignal', 'launchError', 'lost'] as const).every(
    (name) => run[name] === report[name],
  );

/**
 * The run of a task after a report at that time; undefined if the report repeats what is known. A greater
 * attempt is a restart, which only a bound task has. The reason of an end is the one that the service `knows`,
 * or follows from the service's actions and the report. Throws `invalid-state` [state, attempt] for an older
 * attempt, and for one that has ended; `not-bound` if the task was not bound.
 */
export const reportedRun = (
  member: TaskMember,
  report: ReportRequest,
  heardAt: string,
  knows?: Reason,
): Run | undefined => {
  const { id, bound } = member;
  const { run } = member.task;
  const isToWait = report.state === 'bound';
  if (!wasAsked(member) || ((report.attempt > run.attempt || isToWait) && !bound)) throw notBound(id);
  if (report.attempt > run.attempt + (isToWait ? 0 : MAX_LEAP)) {
    throw refused(
      `attempt ${report.attempt} of ${id} is far ahead of the present one: report on attempt ${run.attempt}, or the next`,
      run,
    );
  }
  if (report.attempt < run.attempt) {
    throw refused(
      `attempt ${report.attempt} of ${id} is over: report on the present one, ${run.attempt}`,
      run,
    );
  }
  if (isRepeat(run, report)) return undefined;
  // A waiting attempt may report again, since what it waits for changes.
  const isOver = isToWait ? order[run.state] > order.bound : order[report.state] <= order[run.state];
  if (report.attempt === run.attempt && isOver) {
    throw refused(
      `attempt ${run.attempt} of ${id} is ${run.state} already: report what comes after that, or nothing`,
      run,
    );
  }
  return concluded(member, toRun(member, report, heardAt), knows);
};

/** A report as it is kept: with the reason and what follows, if the run is still in the reported state. */
export const keptReport = ({ since: _, epoch: __, ...said }: ReportRequest, run: Run | undefined): Report => {
  if (run?.attempt !== said.attempt || run.state !== said.state) return said;
  const { restartsLeft, nextAttemptAt } = run;
  return { ...said, ...defined({ reason: reasonOf(run), restartsLeft, nextAttemptAt }) };
};

/**
 * Throws `invalid-state` for a report on an earlier composition of the executor, since the present one counts
 * its attempts from 1 again.
 */
export const assertSince = (
  { executorId, createdAt, members }: Composition,
  taskId: string,
  since: string | undefined,
): void => {
  if (since === undefined || Date.parse(since) === Date.parse(createdAt)) return;
  const { state = 'left', attempt } = members.find(({ id }) => id === taskId)?.task?.run ?? {};
  const detail = `the report is on the composition of ${executorId} from ${since}, which no longer exists; the present one is from ${createdAt}: read it, and report on its tasks`;
  throw new TaskportError('invalid-state', detail, defined({ state, attempt }));
};

/**
 * The changes that a report makes; undefined if it repeats what is known. An ephemeral task leaves when it
 * stops. Throws `invalid-state` also for a report on a task of an earlier composition of the executor.
 */
export const reportMember = (
  composition: Composition,
  id: string,
  report: ReportRequest,
  heardAt: string,
  knows?: Reason,
): (Effect & { readonly report: { readonly taskId: string; readonly report: Report } }) | undefined => {
  assertSince(composition, id, report.since);
  const member = memberOf(composition, id);
  if (!isTask(member)) throw notJoined(id);
  const run = reportedRun(member, report, heardAt, knows);
  if (!run) return undefined;
  const kept = { taskId: id, report: keptReport(report, run) };
  if (!member.task.ephemeral || run.state === 'running' || run.state === 'bound')
    return { change: { members: withTask(composition, member, { run }) }, report: kept };
  return {
    report: kept,
    change: {
      members: composition.members.filter((candidate) => candidate !== member),
      ...rememberAttempts(composition, [{ ...member, task: { ...member.task, run } }]),
      departed: { id, run },
    },
    released: referencesOf([member]),
  };
};
