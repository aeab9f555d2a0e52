import { randomUUID } from 'node:crypto';
import type { CompositionDependencies } from '../../lib/composition/dependencies.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { planComposition } from '../../lib/composition/plan-composition.ts';
import { reportTask } from '../../lib/composition/report-task.ts';
import { presentComposition } from '../../lib/composition/representation.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { parseId } from '../../lib/element/id.ts';
import { type ProblemCode, TaskportError } from '../../lib/errors.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { PlanRefused, type ReportBody } from '../../lib/execution/control-plane.ts';

import type { RunnerDependencies } from '../../lib/location/runners.ts';

/** Who runs tasks on Fargate: it needs `execute` in a location that has grants, as a runner does. */
const DISPATCHER = 'taskport:dispatch';

/** Refusals that say that an attempt is over, or was never asked for: whatever is reported then is nobody's. */
const NOT_ASKED: readonly ProblemCode[] = [
  'invalid-state',
  'not-bound',
  'not-joined',
  'not-found',
  'unknown-location',
];

const isProblem = (error: unknown, codes: readonly ProblemCode[]): error is TaskportError =>
  error instanceof TaskportError && codes.includes(error.code);

/** The service from within, as far as a dispatcher asks it for anything. */
export class Service {
  readonly #deps: CompositionDependencies & Pick<RunnerDependencies, 'runners'>;

  constructor(deps: CompositionDependencies & Pick<RunnerDependencies, 'runners'>) {
    this.#deps = deps;
  }

  async composition(executorId: string): Promise<CompositionJson | undefined> {
    const composition = await this.#deps.compositions.get(executorId);
    return composition && presentComposition(composition, () => true);
  }

  async container(executorId: string): Promise<ComposedContainer> {
    for (;;) {
      const composition = await this.#deps.compositions.get(executorId);
      if (!composition) throw new PlanRefused('the composition is gone');
      try {
        return (await planComposition(this.#deps, DISPATCHER, composition, 'container')) as ComposedContainer;
      } catch (error) {
        if (isProblem(error, ['unsupported-by-target', 'permission-denied', 'not-found']))
          throw new PlanRefused(error.message);
        if (!isProblem(error, ['stale-handle'])) throw error;
      }
    }
  }

  async report({ executorId, taskId, attempt }: Attempt, report: ReportBody): Promise<boolean> {
    const reported = { executor: parseId(executorId, 'executorId'), task: parseId(taskId, 'taskId') };
    const caller = { principal: DISPATCHER, requestId: randomUUID() };
    try {
      await reportTask(this.#deps, caller, reported, { attempt, ...report });
      return true;
    } catch (error) {
      if (isProblem(error, NOT_ASKED)) return false;
      throw error;
    }
  }
}
