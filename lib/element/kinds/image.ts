import type { KindRules } from '../kind-rules.ts';

/** A layer of a root filesystem, over its parent's or over the empty root. */
export const image: KindRules = {
  called: 'an image',
  parents: ['image'],
  data: 'layer',
  replaceable: false,
  hasSpace: true,
  fromScratch: true,
  inheritsSpec: false,
  spec: async () => (await import('../empty-spec.ts')).emptySpec,
  changeable: [],
};
