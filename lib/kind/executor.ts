import type { KindRules } from './kind-rules.ts';

/** Something a composition is joined to: a container, or what will become one. */
export const executor = {
  called: 'an executor',
  plural: 'executors',
  about: 'where it runs',
  parents: ['executor'],
  data: 'none',
  hasSpace: false,
  hasSpec: true,
  changeable: ['resources'],
  joins: 'never',
} as const satisfies KindRules;
