import { ProblemError } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { type ControlPlane, PlanRefused, type ReportBody } from '../../lib/execution/control-plane.ts';
import type { Lease } from './lease.ts';

/** Refusals that say that an attempt is over, or was never asked for: whatever is reported then is nobody's. */
const NOT_ASKED = ['invalid-state', 'not-bound', 'not-joined', 'not-found', 'unknown-location'] as const;

const isProblem = (error: unknown, ...codes: readonly (ProblemCode | undefined)[]): error is ProblemError =>
  error instanceof ProblemError && error.code !== undefined && codes.includes(error.code);

/** The service by its API, for as long as the lease of the location is held: until it is had again, nothing is answered. */
export class ApiControlPlane implements ControlPlane {
  readonly #taskport: Taskport;
  readonly #lease: Lease;
  readonly #signal: AbortSignal;

  constructor(taskport: Taskport, lease: Lease, signal: AbortSignal) {
    this.#taskport = taskport;
    this.#lease = lease;
    this.#signal = signal;
  }

  async composition(executorId: string): Promise<CompositionJson | undefined> {
    await this.#lease.epoch();
    try {
      const { composition } = await this.#taskport.elements.read(executorId, { signal: this.#signal });
      return composition;
    } catch (error) {
      if (isProblem(error, 'not-found', 'unknown-location')) return undefined;
      throw error;
    }
  }

  async container(executorId: string): Promise<ComposedContainer> {
    const signal = this.#signal;
    for (;;) {
      await this.#lease.start();
      try {
        const { handle } = await this.#taskport.compositions.open(executorId, { signal });
        return await this.#taskport.compositions.plan(handle, 'container', { signal });
      } catch (error) {
        if (isProblem(error, 'unsupported-by-target')) throw new PlanRefused(error.message);
        if (!isProblem(error, 'stale-handle')) throw error;
      }
    }
  }

  async report({ executorId, taskId, attempt }: Attempt, report: ReportBody): Promise<boolean> {
    const epoch = await this.#lease.epoch();
    try {
      await this.#taskport.elements.report(
        executorId,
        taskId,
        { attempt, ...report, epoch },
        { signal: this.#signal },
      );
      return true;
    } catch (error) {
      if (isProblem(error, 'stale-runner')) this.#lease.doubt();
      if (isProblem(error, ...NOT_ASKED)) return false;
      throw error;
    }
  }
}
