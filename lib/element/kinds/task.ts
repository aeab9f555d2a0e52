import type { KindRules } from '../kind-rules.ts';

/** What is to run. Another way to run it is another task, with this one for its parent. */
export const task: KindRules = {
  called: 'a task',
  parents: ['task'],
  data: 'any',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: true,
  spec: async () => (await import('../task-spec.ts')).taskSpec,
  changeable: ['annotations'],
};
