import type { TaskSpec } from '../../element/task-spec.ts';
import type { PlannedTask } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

const OURS = 'dev.taskport.';

/** The annotations of a task, and whose container it is. */
export const labelsOf = ({ id, spec }: PlannedTask, executorId: string): Record<string, string> => ({
  ...spec.annotations,
  [`${OURS}executor`]: executorId,
  [`${OURS}task`]: id,
});

/** Refuses annotations that would be taken for ours. */
export const refuseOurLabels = ({ annotations = {} }: TaskSpec, refuse: Refuse): void => {
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(OURS)) refuse(`annotations["${key}"]`, `\`${OURS}\` is for the plan's own`);
  }
};
