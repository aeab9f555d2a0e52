import { defined } from '../defined.ts';
import { TaskportError } from '../errors.ts';
import { rememberAttempts } from './attempts.ts';
import { type Composition, isTask, type Run, withTask } from './composition.ts';
import { type Effect, memberOf, notJoined } from './operation.ts';
import type { Report } from './report-request.ts';

/** By so many attempts a report may be ahead of what is known: those between were never heard of. */
const MAX_LEAP = 1_000;

const refused = (detail: string, { state, attempt }: Run): TaskportError =>
  new TaskportError('invalid-state', detail, { state, attempt });

const order = { created: 0, bound: 0, running: 1, exited: 2, failed: 2 } as const;

const toRun = (former: Run, report: Report, heardAt: string): Run => {
  const { at, state, ...said } = report;
  const isSame = report.attempt === former.attempt;
  const { boundAt, startedAt, output, halted } = isSame ? former : ({} as Partial<Run>);
  const started = state === 'running' ? at : startedAt;
  const restarts = (former.restarts ?? 0) + report.attempt - former.attempt;
  const runningSince = former.runningSince ?? (state === 'running' ? heardAt : undefined);
  return {
    state,
    ...defined({ output }),
    ...said,
    ...defined({
      boundAt,
      startedAt: started,
      endedAt: state === 'running' ? undefined : at,
      restarts: restarts === 0 ? undefined : restarts,
      runningSince,
      halted,
    }),
    heardAt,
  };
};

const isRepeat = (run: Run, { attempt, state, exitCode, exitSignal, launchError }: Report): boolean =>
  run.attempt === attempt &&
  run.state === state &&
  run.exitCode === exitCode &&
  run.exitSignal === exitSignal &&
  run.launchError === launchError;

/**
 * What a report, heard at that time, makes of a task's run; undefined where it says again what is known. A greater attempt is a restart,
 * which only a bound task has. Throws `invalid-state` [state, attempt] for an older attempt, and for one that has ended;
 * `not-bound` where nobody asked for it to run.
 */
export const reportedRun = (
  run: Run,
  isBound: boolean,
  report: Report,
  id: string,
  heardAt: string,
): Run | undefined => {
  const isAsked = run.boundAt !== undefined || run.state !== 'created';
  if (!isAsked || (report.attempt > run.attempt && !isBound)) {
    throw new TaskportError('not-bound', `${id} is not bound`, { id });
  }
  if (report.attempt > run.attempt + MAX_LEAP) {
    throw refused(`attempt ${report.attempt} of ${id} does not follow ${run.attempt}`, run);
  }
  if (report.attempt < run.attempt) {
    throw refused(`attempt ${report.attempt} of ${id} is over; ${run.attempt} is the present one`, run);
  }
  if (isRepeat(run, report)) return undefined;
  if (report.attempt === run.attempt && order[report.state] <= order[run.state]) {
    throw refused(`attempt ${run.attempt} of ${id} is ${run.state} already`, run);
  }
  return toRun(run, report, heardAt);
};

/** What a report changes; undefined where it says again what is known. An ephemeral task leaves when it stops. */
export const reportMember = (
  composition: Composition,
  id: string,
  report: Report,
  heardAt: string,
): Effect | undefined => {
  const member = memberOf(composition, id);
  if (!isTask(member)) throw notJoined(id);
  const run = reportedRun(member.task.run, member.bound, report, id, heardAt);
  if (!run) return undefined;
  if (!member.task.ephemeral || run.state === 'running')
    return { change: { members: withTask(composition, member, { run }) } };
  return {
    change: {
      members: composition.members.filter((candidate) => candidate !== member),
      ...rememberAttempts(composition, [{ ...member, task: { ...member.task, run } }]),
      departed: { id, run },
    },
    released: [{ id, reference: member.reference }],
  };
};
