import type { KindRules } from './kind-rules.ts';

/** What is to run. Another way to run it is another task, with this one for its parent. */
export const task = {
  called: 'a task',
  plural: 'tasks',
  about: 'what may run',
  parents: ['task'],
  data: 'any',
  hasSpace: false,
  hasSpec: true,
  inheritsSpec: true,
  changeable: ['annotations'],
  joins: 'run',
} as const satisfies KindRules;
