import type { KindRules } from '../kind-rules.ts';
import { taskSpec } from '../task-spec.ts';

/** What is to run. Another way to run it is another task, with this one for its parent. */
export const task: KindRules = {
  called: 'a task',
  parents: ['task'],
  data: 'any',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: true,
  spec: taskSpec,
  changeable: ['annotations'],
};
