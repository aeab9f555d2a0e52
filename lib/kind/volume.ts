import type { KindRules } from './kind-rules.ts';

/** Storage that outlives what uses it. */
export const volume = {
  called: 'a volume',
  plural: 'volumes',
  about: 'data that stays',
  parents: ['volume', 'image'],
  data: 'archive',
  replaceable: true,
  hasSpace: true,
  changeable: [],
  joins: 'mounted',
  keepsWrites: true,
  // Its bytes, and so its beginnings, are not ours.
  nfs: {
    called: 'a volume in an nfs location',
    parents: [],
    data: 'none',
    replaceable: false,
    hasSpace: false,
  },
} as const satisfies KindRules;
