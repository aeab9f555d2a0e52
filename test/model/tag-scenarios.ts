import { create, remove, tag, untag } from './calls.ts';
import { founder } from './opener.ts';
import type { Rules } from './program.ts';
import type { Cast } from './scenarios.ts';
import { type Edge, edgeKey, lone, type Tag } from './store.ts';
import { inTurn } from './turns.ts';

const old = lone('o0');
const fresh = lone('n0');
const key = edgeKey('old', 'held.0');
const edge: Edge = { state: 'held', target: 'old', shard: 0, referrer: 'tag', tag: true };
const named: Tag = { life: 'held.0', revision: 1, key, incarnation: 'o0' };

/** Two images; a tag names the old one. */
const tagged = { elements: { old, fresh }, edges: { [key]: edge }, tags: { tag: named } };

export const tagScenarios = {
  'a tag is set while its element is deleted': (rules: Rules): Cast => ({
    elements: { old },
    programs: [tag(rules, 'set', 'tag', 'old', 1), remove(rules, 'delete', 'old')],
  }),

  'two tags are set while their element is deleted': (rules: Rules): Cast => ({
    elements: { old },
    programs: [
      tag(rules, 'set', 'tag', 'old', 0),
      tag(rules, 'set2', 'other', 'old', 1),
      remove(rules, 'delete', 'old'),
    ],
  }),

  'a child is created while its tagged parent is deleted': (rules: Rules): Cast => ({
    ...tagged,
    programs: [create(rules, 'create', 'child', 'old'), remove(rules, 'delete', 'old')],
  }),

  'a tag is moved while both elements are deleted': (rules: Rules): Cast => ({
    ...tagged,
    programs: [
      tag(rules, 'move', 'tag', 'fresh', 1),
      remove(rules, 'delete', 'old'),
      remove(rules, 'delete2', 'fresh'),
    ],
  }),

  'two callers move a tag while its element is deleted': (rules: Rules): Cast => ({
    ...tagged,
    elements: { old, fresh, other: lone('m0') },
    programs: [
      tag(rules, 'move', 'tag', 'fresh'),
      tag(rules, 'move2', 'tag', 'other'),
      remove(rules, 'delete', 'old'),
    ],
  }),

  'a tag is moved while it is taken away and set anew': (rules: Rules): Cast => ({
    ...tagged,
    elements: { old, fresh, other: lone('m0') },
    programs: [
      tag(rules, 'move', 'tag', 'fresh'),
      inTurn('other', [untag(rules, 'other.untag', 'tag'), tag(rules, 'other.set', 'tag', 'other')]),
    ],
  }),

  'a tag is taken away while it is moved and its element is deleted': (rules: Rules): Cast => ({
    ...tagged,
    programs: [
      untag(rules, 'untag', 'tag'),
      tag(rules, 'move', 'tag', 'fresh'),
      remove(rules, 'delete', 'old'),
    ],
  }),

  'a tagged element is deleted by two while it is created anew': (rules: Rules): Cast => ({
    ...tagged,
    elements: { old },
    programs: [
      remove(rules, 'delete', 'old'),
      inTurn('other', [
        remove(rules, 'other.delete', 'old'),
        founder({ id: 'other.create', name: 'old' }, rules),
        tag(rules, 'other.set', 'tag', 'old'),
      ]),
    ],
  }),

  'an element of the name is created while a tag is set and taken away': (rules: Rules): Cast => ({
    elements: { old },
    programs: [
      inTurn('caller', [tag(rules, 'caller.set', 'tag', 'old'), untag(rules, 'caller.untag', 'tag')]),
      inTurn('other', [
        founder({ id: 'other.create', name: 'tag' }, rules),
        remove(rules, 'other.delete', 'tag'),
      ]),
    ],
  }),

  'a child of the name is created while a tag is set': (rules: Rules): Cast => ({
    elements: { old },
    programs: [tag(rules, 'set', 'tag', 'old'), create(rules, 'create', 'tag', 'old')],
  }),
};
