import type { LogSpec } from '../../element/log-spec.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import { filledLogging } from './filled.ts';
import type { PlanInput } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

/** A log as its specification has it. */
export interface Log {
  readonly id: string;
  readonly spec: LogSpec;
}

/** A destination of output: a log, the service, or none. */
export type Sink = Log | 'service' | 'none';

/** The destination of this name; `default` means the log that joined first, or the service if none has. */
export const sinkOf = (named: string, logs: PlanInput['logs']): Sink => {
  if (named === 'none') return 'none';
  if (named === 'default') return logs[0] ?? 'service';
  return logs.find(({ id }) => id === named) ?? 'none';
};

/** Refuses output to a log that has not joined. */
export const refuseMissingLogs = (spec: TaskSpec, logs: PlanInput['logs'], refuse: Refuse): void => {
  const logging = filledLogging(spec);
  for (const stream of ['stdout', 'stderr'] as const) {
    const named = logging[stream];
    if (named !== 'none' && named !== 'default' && !logs.some(({ id }) => id === named))
      refuse(`logging.${stream}`, `is ${named}, which is not joined to the executor: join it first`);
  }
};
