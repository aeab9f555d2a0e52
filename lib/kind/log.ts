import type { KindRules } from './kind-rules.ts';

/** A destination of output. */
export const log = {
  called: 'a log',
  plural: 'logs',
  about: 'destinations of output',
  parents: [],
  data: 'none',
  hasSpace: false,
  hasSpec: true,
  changeable: [],
  joins: 'plainly',
} as const satisfies KindRules;
