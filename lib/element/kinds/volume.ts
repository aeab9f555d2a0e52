import type { KindRules } from '../kind-rules.ts';

/** Storage that outlives what uses it. */
export const volume: KindRules = {
  called: 'a volume',
  parents: ['volume', 'image'],
  data: 'archive',
  replaceable: true,
  hasSpace: true,
  fromScratch: false,
  inheritsSpec: false,
  spec: async () => (await import('../empty-spec.ts')).emptySpec,
  changeable: [],
};

/** A volume that an NFS server keeps: its bytes, and so its beginnings, are not ours. */
export const nfsVolume: KindRules = {
  ...volume,
  called: 'a volume in an nfs location',
  parents: [],
  data: 'none',
  replaceable: false,
  hasSpace: false,
};
