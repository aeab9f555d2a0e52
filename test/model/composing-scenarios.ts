import { create, leave, make, open, remove } from './calls.ts';
import { founder } from './opener.ts';
import type { Rules } from './program.ts';
import type { Cast } from './scenarios.ts';
import { edgeKey, hold, lone } from './store.ts';
import { inTurn } from './turns.ts';

const executor = lone('x0');
const [image, other, volume, disk] = [lone('i0'), lone('o0'), lone('v0'), lone('d0')];
const associated = edgeKey('task', 'held.0');

/** Compositions of several members in one call (ADR 45). */
export const composingScenarios = {
  'an executor is made with two images while both are deleted': (rules: Rules): Cast => ({
    elements: { image, other },
    programs: [
      make(rules, 'compose', { shared: ['image', 'other'] }),
      inTurn('deletes', [remove(rules, 'deletes.image', 'image'), remove(rules, 'deletes.other', 'other')]),
    ],
  }),

  'an executor is made with two images while each is deleted by another': (rules: Rules): Cast => ({
    elements: { image, other },
    programs: [
      make(rules, 'compose', { shared: ['image', 'other'] }),
      remove(rules, 'delete', 'other'),
      remove(rules, 'delete2', 'image'),
    ],
  }),

  'two callers make one executor, each with an image': (rules: Rules): Cast => ({
    elements: { image, other },
    programs: [
      make(rules, 'compose', { shared: ['image'] }),
      make(rules, 'compose2', { shared: ['other'] }),
      remove(rules, 'delete', 'image'),
    ],
  }),

  'an executor is made while another creates one of its name under a parent': (rules: Rules): Cast => ({
    elements: { image, base: lone('b0') },
    programs: [
      make(rules, 'compose', { shared: ['image'] }),
      inTurn('other', [
        create(rules, 'other.create', 'executor', 'base'),
        remove(rules, 'other.delete', 'executor'),
      ]),
      remove(rules, 'delete', 'image'),
    ],
  }),

  'two callers compose an executor that is there, each with an image': (rules: Rules): Cast => ({
    elements: { executor, image, other },
    programs: [
      make(rules, 'compose', { shared: ['image'] }),
      make(rules, 'compose2', { shared: ['other'] }),
      remove(rules, 'delete', 'executor'),
    ],
  }),

  'an executor that is there is composed while it is deleted, created anew and opened': (
    rules: Rules,
  ): Cast => ({
    elements: { executor, image },
    programs: [
      make(rules, 'compose', { shared: ['image'] }),
      inTurn('other', [
        remove(rules, 'other.delete', 'executor'),
        founder({ id: 'other.create', name: 'executor' }),
        open(rules, 'other.open'),
      ]),
    ],
  }),

  'an image and a volume alone join at once while the one is deleted and the other gets a child': (
    rules: Rules,
  ): Cast => ({
    elements: { image, volume },
    programs: [
      make(rules, 'compose', { shared: ['image'], alone: ['volume'] }),
      inTurn('other', [
        create(rules, 'other.create', 'child', 'volume'),
        remove(rules, 'other.delete', 'image'),
      ]),
    ],
  }),

  'two executors are made, each with the same two volumes alone': (rules: Rules): Cast => ({
    elements: { volume, disk },
    programs: [
      make(rules, 'compose', { alone: ['volume', 'disk'] }),
      make(rules, 'compose2', { executor: 'executor2', alone: ['disk', 'volume'] }),
      leave(rules, 'leave', 'volume'),
    ],
  }),

  'storage with its task and a volume alone join at once while the task is deleted': (
    rules: Rules,
  ): Cast => ({
    elements: {
      image: { ...image, references: { [associated]: 't0' } },
      task: lone('t0'),
      volume,
    },
    edges: { [associated]: hold('task', 'image') },
    programs: [
      make(rules, 'compose', { shared: ['image'], alone: ['volume'] }),
      inTurn('deletes', [remove(rules, 'deletes.image', 'image'), remove(rules, 'deletes.task', 'task')]),
    ],
  }),
};
