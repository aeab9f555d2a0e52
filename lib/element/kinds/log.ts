import type { KindRules } from '../kind-rules.ts';

/** A place that output goes to. */
export const log: KindRules = {
  called: 'a log',
  parents: [],
  data: 'none',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: false,
  spec: async () => (await import('../log-spec.ts')).logSpec,
  changeable: [],
};
