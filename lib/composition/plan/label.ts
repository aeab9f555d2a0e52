import type { PlannedTask } from './plan-input.ts';
import type { Refuse } from './refusal.ts';

const OURS = 'dev.taskport.';

/** The annotations of a task, and whose container it is. */
export const labelsOf = (task: PlannedTask, executorId: string, refuse: Refuse): Record<string, string> => {
  const { annotations = {} } = task.spec;
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(OURS)) refuse(`annotations["${key}"]`, `\`${OURS}\` is for the plan's own`);
  }
  return { ...annotations, [`${OURS}executor`]: executorId, [`${OURS}task`]: task.id };
};
