import type { KindRules } from './kind-rules.ts';

/** A place that output goes to. */
export const log = {
  called: 'a log',
  plural: 'logs',
  about: 'where output goes',
  parents: [],
  data: 'none',
  hasSpace: false,
  hasSpec: true,
  changeable: [],
  joins: 'plainly',
} as const satisfies KindRules;
