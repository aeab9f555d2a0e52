import type { KindRules } from '../kind-rules.ts';

/** Something a composition is joined to: a container, or what will become one. */
export const executor: KindRules = {
  called: 'an executor',
  parents: ['executor'],
  data: 'none',
  replaceable: false,
  hasSpace: false,
  fromScratch: false,
  inheritsSpec: false,
  spec: async () => (await import('../executor-spec.ts')).executorSpec,
  changeable: ['resources'],
};
