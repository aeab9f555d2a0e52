import { untilUncontended } from '../contention.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { invalidRequest } from '../errors.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../idempotency.ts';
import type { Caller } from '../principal.ts';
import { rememberAttempts } from './attempts.ts';
import { type Composition, isTask, nextComposition, withTask } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { type Effect, memberOf, notJoined } from './operation.ts';
import { parseReport, type Report, reportedRun } from './report.ts';

/** Which task of which executor a report is on. */
export interface Reported {
  readonly executor: ElementId;
  readonly task: ElementId;
}

export const assertReportable = ({ executor, task }: Reported): void => {
  if (executor.kind !== 'executor')
    throw invalidRequest({ path: 'path', message: `has no tasks that run: it is a ${executor.kind}` });
  if (task.kind !== 'task') throw invalidRequest({ path: 'path', message: `is a ${task.kind}, and no task` });
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

/**
 * Takes what whoever runs a task says of it; handles stay as they are. Throws `not-found`, `permission-denied`,
 * `not-joined`, `not-bound`, `invalid-state` for what an older attempt says.
 */
export const reportTask = async (
  deps: CompositionDependencies,
  caller: Caller,
  reported: Reported,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Report>> => {
  assertReportable(reported);
  const report = parseReport(body);
  const [executorId, taskId] = [formatId(reported.executor), formatId(reported.task)];
  const effect = async (): Promise<Report> => {
    await locate(deps.known, caller.principal, reported.executor, 'execute');
    return untilUncontended(async () => {
      const former = await deps.compositions.get(executorId);
      if (!former) {
        if (!(await deps.elements.get(executorId))) throw notFound(reported.executor);
        throw notJoined(taskId);
      }
      const at = new Date(deps.now()).toISOString();
      const effect = reportMember(former, taskId, report, at);
      if (!effect) return unwritten(deps.idempotency, idempotency, report);
      await deps.compositions.replace({
        ...effect,
        composition: nextComposition(former, effect.change, at, caller),
        former,
        report: { taskId, report },
        caller,
        ...(idempotency ? { idempotency } : {}),
      });
      return report;
    });
  };
  return once(deps.idempotency, idempotency, effect, async () => report);
};
