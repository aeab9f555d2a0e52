import type { KindRules } from './kind-rules.ts';

/** A program to run. To run it in another way, users create another task, with this one as its parent. */
export const task = {
  called: 'a task',
  plural: 'tasks',
  about: 'commands and settings of containers',
  parents: ['task'],
  data: 'any',
  hasSpace: false,
  hasSpec: true,
  inheritsSpec: true,
  changeable: ['annotations'],
  joins: 'run',
} as const satisfies KindRules;
