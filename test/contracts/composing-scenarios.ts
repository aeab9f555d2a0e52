import type { Action, Mounted } from './composition-model.ts';
import { alone, create, dissociate, mounted, open, remove, type Scenario } from './composition-scenarios.ts';

const making = (on: string, ...joins: { id: string; mount?: Mounted }[]): Action => ({
  op: 'compose',
  on,
  makes: true,
  joins,
  bind: false,
});
const composing = (on: string, ...joins: { id: string; mount?: Mounted }[]): Action => ({
  op: 'compose',
  on,
  makes: false,
  joins,
  bind: true,
});
const root = { id: 'I1', mount: mounted('/') };
const data = { id: 'V1', mount: mounted('/data', alone) };

/** Compositions in one call, by the rules of `scenarios`. */
export const composingScenarios: readonly Scenario[] = [
  {
    name: 'an executor that is made with two images, and deletes of both',
    before: [remove('E1')],
    actors: {
      compose: [making('E1', root, { id: 'I2', mount: mounted('/work') })],
      first: [remove('I1')],
      second: [remove('I2')],
    },
    breaks: 'I2',
    ends: [
      { compose: 'done', first: 'in-use', second: 'in-use' },
      { compose: 'not-found', first: 'done', second: 'done' },
      { compose: 'not-found', second: 'done' },
    ],
  },
  {
    name: 'two callers who make one executor, and its delete',
    before: [remove('E1')],
    actors: {
      one: [making('E1', root)],
      two: [making('E1', { id: 'L1' })],
      delete: [remove('E1')],
    },
    ends: [
      { one: 'done', two: 'stale-handle', delete: 'in-use' },
      { one: 'stale-handle', two: 'done', delete: 'in-use' },
      { one: 'done', two: 'stale-handle', delete: 'not-found' },
    ],
  },
  {
    name: 'an executor that is composed at once, and its delete',
    before: [],
    actors: {
      compose: [composing('E1', root, { id: 'T1' })],
      delete: [remove('E1'), create('E1'), open('E1')],
    },
    breaks: 'E1',
    ends: [
      { compose: 'done', delete: 'in-use name-collision done' },
      { compose: 'not-found', delete: 'done done done' },
      { compose: 'stale-handle', delete: 'done done done' },
    ],
  },
  {
    name: 'an image and a volume alone that join at once, a child of the volume, and deletes of both',
    before: [remove('E1')],
    actors: {
      compose: [making('E1', root, data)],
      child: [{ op: 'child', id: 'V3', of: 'V1' }],
      delete: [remove('I1'), remove('V1')],
    },
    breaks: 'V1',
    ends: [
      { compose: 'done', child: 'invalid-parent', delete: 'in-use in-use' },
      { compose: 'in-use', child: 'done', delete: 'done in-use' },
      { compose: 'not-found', delete: 'done done' },
    ],
  },
  {
    name: 'two executors that are composed with one volume for writing',
    before: [],
    actors: {
      one: [composing('E1', root, { id: 'V1', mount: mounted('/data') })],
      two: [composing('E2', { id: 'V1', mount: mounted('/') })],
    },
    ends: [
      { one: 'done', two: 'volume-attached' },
      { one: 'volume-attached', two: 'done' },
    ],
  },
  {
    name: 'a volume alone that a task comes along with, joined at once with an image, and a delete of the task',
    before: [remove('E1')],
    actors: {
      compose: [making('E1', root, data)],
      delete: [dissociate, remove('T2'), create('T2')],
    },
    breaks: 'T2',
    ends: [
      { compose: 'done', delete: 'done in-use name-collision' },
      { compose: 'done', delete: 'done done done' },
    ],
  },
];
