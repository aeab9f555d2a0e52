import type { LogSpec } from '../../element/log-spec.ts';
import type { PlanInput } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

/** Where output goes: a log as its specification has it, or nowhere. */
export type Sink = { readonly id: string; readonly spec: LogSpec } | 'none';

/** The sink of that name; `default` is the log that joined first, and nowhere where none has. */
export const sinkOf = (named: string, logs: PlanInput['logs'], path: string, refuse: Refuse): Sink => {
  if (named === 'none') return 'none';
  const log = named === 'default' ? logs[0] : logs.find(({ id }) => id === named);
  if (log === undefined && named !== 'default') refuse(path, `${named} is not joined to the executor`);
  return log ?? 'none';
};
