import { create, join, remove } from './calls.ts';
import { compose } from './composition.ts';
import type { Scenario } from './edges-and-guards.ts';
import type { Rules } from './program.ts';
import { edgeKey, hold, lone } from './store.ts';

/** The start, and the processes. */
export type Cast = Pick<Scenario, 'elements' | 'edges' | 'guards' | 'compositions' | 'tags' | 'programs'>;

const heldKey = edgeKey('grandparent', 'p0');

export const scenarios = {
  'a child is created while its parent is deleted': (rules: Rules): Cast => ({
    elements: { parent: lone('p0') },
    programs: [create(rules, 'create', 'child', 'parent'), remove(rules, 'delete', 'parent')],
  }),

  'two children are created while their parent is deleted': (rules: Rules): Cast => ({
    elements: { parent: lone('p0') },
    programs: [
      create(rules, 'create', 'child', 'parent', 0),
      create(rules, 'create2', 'other', 'parent', 1),
      remove(rules, 'delete', 'parent'),
    ],
  }),

  'two creates compete for one name while the parent is deleted': (rules: Rules): Cast => ({
    elements: { parent: lone('p0') },
    programs: [
      create(rules, 'create', 'child', 'parent', 0),
      create(rules, 'create2', 'child', 'parent', 1),
      remove(rules, 'delete', 'parent'),
    ],
  }),

  'a child is created while two callers delete its parent': (rules: Rules): Cast => ({
    elements: { parent: lone('p0') },
    programs: [
      create(rules, 'create', 'child', 'parent'),
      remove(rules, 'delete', 'parent'),
      remove(rules, 'delete2', 'parent'),
    ],
  }),

  'a child is created while its parent and its grandparent are deleted': (rules: Rules): Cast => ({
    elements: {
      grandparent: lone('g0'),
      parent: { ...lone('p0'), references: { [heldKey]: 'g0' } },
    },
    edges: { [heldKey]: hold('grandparent', 'parent') },
    programs: [
      create(rules, 'create', 'child', 'parent'),
      remove(rules, 'delete', 'parent'),
      remove(rules, 'delete2', 'grandparent'),
    ],
  }),

  'a child is created while its parent is deleted and created anew under a grandparent': (
    rules: Rules,
  ): Cast => ({
    elements: { grandparent: lone('g0'), parent: lone('p0') },
    programs: [
      create(rules, 'create', 'child', 'parent'),
      create(rules, 'create2', 'parent', 'grandparent'),
      remove(rules, 'delete', 'parent'),
    ],
  }),

  'an image is joined while it and the executor are deleted': (rules: Rules): Cast => ({
    elements: { image: lone('i0'), executor: lone('x0') },
    compositions: { executor: compose() },
    programs: [
      join(rules, 'join', 'image'),
      remove(rules, 'delete', 'image'),
      remove(rules, 'delete2', 'executor'),
    ],
  }),
};
