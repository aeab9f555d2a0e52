import type { KindRules } from './kind-rules.ts';

/** The target of a composition: a container, or a future one. */
export const executor = {
  called: 'an executor',
  plural: 'executors',
  about: 'groups of containers that run tasks',
  parents: ['executor'],
  data: 'none',
  hasSpace: false,
  hasSpec: true,
  changeable: ['resources'],
  joins: 'never',
} as const satisfies KindRules;
