import type { KindRules } from './kind-rules.ts';

/** A layer of a root filesystem, over its parent's or over the empty root. */
export const image = {
  called: 'an image',
  plural: 'images',
  about: 'root filesystems and their layers',
  parents: ['image'],
  data: 'layer',
  hasSpace: true,
  fromScratch: true,
  hasSpec: true,
  inheritsSpec: true,
  mergesEnv: true,
  changeable: [],
  joins: 'mounted',
} as const satisfies KindRules;
