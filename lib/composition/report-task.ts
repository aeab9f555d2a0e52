import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { invalidRequest } from '../errors.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../idempotency.ts';
import { rules } from '../kind/index.ts';
import { assertRuns, type RunnerDependencies } from '../location/runners.ts';
import type { Caller } from '../principal.ts';
import { type Composition, nextComposition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { notJoined } from './operation.ts';
import { keptReport, reportMember } from './report.ts';
import { parseReport, presentReport, type Report } from './report-request.ts';

/** The task and its executor on which a runner reports. */
export interface Reported {
  readonly executor: ElementId;
  readonly task: ElementId;
}

export const assertReportable = ({ executor, task }: Reported): void => {
  if (executor.kind !== 'executor')
    throw invalidRequest({
      path: 'path',
      message: `is ${rules[executor.kind].called}, which runs no tasks: name an executor`,
    });
  const { joins, called } = rules[task.kind];
  if (joins !== 'run') throw invalidRequest({ path: 'path', message: `is ${called}: name a task` });
};

/**
 * Accepts a runner's report on a task; handles stay valid. Throws `not-found`, `permission-denied`,
 * `not-joined`, `not-bound`, `invalid-state` for a report on an older attempt, `stale-runner` for a report by an
 * older runner.
 */
export const reportTask = async (
  deps: Pick<CompositionDependencies, 'compositions' | 'elements' | 'known' | 'idempotency' | 'now'> &
    Pick<RunnerDependencies, 'runners'>,
  caller: Caller,
  reported: Reported,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Report>> => {
  assertReportable(reported);
  const said = parseReport(body);
  const [executorId, taskId] = [formatId(reported.executor), formatId(reported.task)];
  const known = (composition: Composition | undefined): Report =>
    presentReport(keptReport(said, composition?.members.find(({ id }) => id === taskId)?.task?.run));
  const effect = async (): Promise<Report> => {
    const location = await locate(deps.known, caller.principal, reported.executor, 'execute');
    return untilUncontended(async () => {
      const [former] = await Promise.all([
        deps.compositions.get(executorId),
        said.epoch === undefined ? undefined : assertRuns(deps, location, said.epoch),
      ]);
      if (!former) {
        if (!(await deps.elements.get(executorId))) throw notFound(reported.executor);
        throw notJoined(taskId);
      }
      const at = new Date(deps.now()).toISOString();
      const effect = reportMember(former, taskId, said, at);
      if (!effect) return unwritten(deps.idempotency, idempotency, known(former));
      await deps.compositions.replace({
        ...effect,
        composition: nextComposition(former, effect.change, at, caller),
        former,
        caller,
        ...defined({ idempotency }),
      });
      return presentReport(effect.report.report);
    });
  };
  return once(deps.idempotency, idempotency, effect, async () => {
    await locate(deps.known, caller.principal, reported.executor, 'execute');
    return known(await deps.compositions.get(executorId));
  });
};
