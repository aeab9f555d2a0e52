import type { KindRules } from './kind-rules.ts';

/** Storage that outlives the executors that use it. */
export const volume = {
  called: 'a volume',
  plural: 'volumes',
  about: 'files that tasks keep',
  parents: ['volume', 'image'],
  data: 'archive',
  replaceable: true,
  hasSpace: true,
  changeable: [],
  joins: 'mounted',
  keepsWrites: true,
  // The service does not have its bytes, so it has no parent and no data.
  nfs: {
    called: 'a volume in an nfs location',
    parents: [],
    data: 'none',
    replaceable: false,
    hasSpace: false,
  },
} as const satisfies KindRules;
