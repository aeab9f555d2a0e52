import type { TaskSpec } from '../../element/task-spec.ts';
import {
  filledDeadlines,
  filledHealthCheck,
  filledInteraction,
  filledLogging,
  filledProcess,
  filledRestart,
  filledStop,
} from './filled.ts';
import type { PlanInput } from './plan-input.ts';
import { sinkOf } from './sink.ts';

/** The instructions of a task for its runner, besides its process, with all defaults filled in. */
export const ordersOf = (spec: TaskSpec, logs: PlanInput['logs']) => {
  const { stdout, stderr } = filledLogging(spec);
  return {
    logging: { stdout: sinkOf(stdout, logs), stderr: sinkOf(stderr, logs) },
    restart: filledRestart(spec),
    deadlines: filledDeadlines(spec),
    /** References only; the runner fetches the values. */
    secrets: spec.secrets ?? [],
    init: filledProcess(spec).init,
    interaction: filledInteraction(spec),
    stop: filledStop(spec),
    healthCheck: filledHealthCheck(spec),
  };
};

export type Orders = ReturnType<typeof ordersOf>;
