import { deleter } from './deleter.ts';
import type { Scenario } from './edges-and-guards.ts';
import type { Program, Rules } from './program.ts';
import { referrer } from './referrer.ts';
import { type Edge, type Element, edgeKey } from './store.ts';

/** Every call may start over once; after that it answers `unavailable`. */
const attempts = 2;

/** What is there at the start, and who sets to work on it. */
export type Cast = Pick<Scenario, 'elements' | 'edges' | 'programs'>;

export const lone = (incarnation: string): Element => ({ incarnation, references: {} });

const create = (rules: Rules, id: string, name: string, target: string, shard = 0): Program =>
  referrer({ id, act: 'create', referrer: name, target, shard, attempts }, rules);
const join = (rules: Rules, id: string, executor: string, target: string): Program =>
  referrer({ id, act: 'join', referrer: executor, target, shard: 0, attempts }, rules);
const remove = (rules: Rules, id: string, target: string): Program =>
  deleter({ id, target, attempts }, rules);

const held: Edge = { state: 'held', target: 'grandparent', shard: 0, referrer: 'parent' };
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
    elements: { grandparent: lone('g0'), parent: { incarnation: 'p0', references: { [heldKey]: 'g0' } } },
    edges: { [heldKey]: held },
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
    programs: [
      join(rules, 'join', 'executor', 'image'),
      remove(rules, 'delete', 'image'),
      remove(rules, 'delete2', 'executor'),
    ],
  }),
};
