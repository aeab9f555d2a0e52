import { filledHealthCheck } from '../composition/plan/filled.ts';
import type { CompositionJson } from '../composition/representation.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { Attempt } from './attempt.ts';
import type { HealthCheck } from './health.ts';

/** A signal that an attempt is to be sent; `count` tells it from those before it. */
export interface Interrupt {
  readonly signal: string;
  readonly count: number;
}

/** What a composition asks of one of its tasks. */
export interface Asked {
  readonly attempt: Attempt;
  /** Whether this attempt is to run: it is bound, no deadline has halted it, and nobody says that it ended. */
  readonly isToRun: boolean;
  /** Whether it is said to run already: whoever finds nothing that does has lost it. */
  readonly isLost: boolean;
  readonly interrupt?: Interrupt;
  readonly healthCheck: HealthCheck | undefined;
}

/** What a composition asks of each of its tasks. */
export const tasksOf = ({ executorId, members }: CompositionJson): Asked[] =>
  members.flatMap(({ id, bound, task }) => {
    if (!task) return [];
    const { state, attempt, halted } = task;
    const interrupt = task.interrupt as (Interrupt & { readonly attempt: number }) | undefined;
    return [
      {
        attempt: { executorId, taskId: id, attempt },
        isToRun: bound && halted === undefined && (state === 'bound' || state === 'running'),
        isLost: state === 'running',
        ...(interrupt?.attempt === attempt ? { interrupt } : {}),
        healthCheck: filledHealthCheck((task.spec ?? {}) as TaskSpec),
      },
    ];
  });
