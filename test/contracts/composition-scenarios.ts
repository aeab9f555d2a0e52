import { defined } from '../../lib/defined.ts';
import type { Action, Mounted } from './composition-model.ts';

/** Concurrent actors after some preparation, and outcomes that must occur in some of the runs. */
export interface Scenario {
  readonly name: string;
  readonly before: readonly Action[];
  readonly actors: Readonly<Record<string, readonly Action[]>>;
  /** An element whose guards one actor treats as expired, in half of the runs. */
  readonly breaks?: string;
  /** Each of these outcomes must occur several times: the answers of each actor's steps in order, `done` or the problem. */
  readonly ends: readonly Readonly<Record<string, string>>[];
}

export const mounted = (path: string, rest: Partial<Mounted> = {}): Mounted => ({
  path,
  readOnly: false,
  persistent: true,
  ...rest,
});
export const alone = { persistent: false };

const join = (on: string, id: string, mount?: Mounted): Action => defined({ op: 'join', on, id, mount });
export const open = (on: string): Action => ({ op: 'open', on });
const bind = (on: string, id?: string): Action => defined({ op: 'bind', on, id });
export const remove = (id: string): Action => ({ op: 'delete', id });
export const create = (id: string): Action => ({ op: 'create', id });
export const dissociate: Action = { op: 'dissociate', id: 'V1', task: 'T2' };

const running: readonly Action[] = [
  open('E1'),
  join('E1', 'I1', mounted('/')),
  join('E1', 'T1'),
  bind('E1'),
  join('E1', 'T2'),
  bind('E1', 'T2'),
];

/** In every scenario, `V1` is associated with `T2`. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'a join, and a delete of what joins',
    before: [open('E1')],
    actors: {
      join: [join('E1', 'I1', mounted('/'))],
      delete: [remove('I1')],
      create: [create('I1')],
    },
    breaks: 'I1',
    ends: [
      { join: 'done', delete: 'in-use' },
      { join: 'done', delete: 'done', create: 'done' },
      { join: 'not-found', delete: 'done' },
    ],
  },
  {
    name: 'a join, and a delete of the executor',
    before: [open('E1')],
    actors: { join: [join('E1', 'I1', mounted('/'))], delete: [remove('E1'), create('E1'), open('E1')] },
    breaks: 'E1',
    ends: [
      { join: 'done', delete: 'in-use name-collision done' },
      { join: 'stale-handle', delete: 'done done done' },
    ],
  },
  {
    name: 'an open, and a delete of the executor',
    before: [],
    actors: {
      open: [open('E1'), join('E1', 'L1')],
      delete: [remove('E1')],
    },
    ends: [
      { open: 'done done', delete: 'in-use' },
      { open: 'done stale-handle', delete: 'done' },
      { open: 'not-found not-found', delete: 'done' },
    ],
  },
  {
    name: 'two opens',
    before: [],
    actors: { one: [open('E1'), join('E1', 'L1')], two: [open('E1'), join('E1', 'T1')] },
    ends: [
      { one: 'done done', two: 'done stale-handle' },
      { one: 'done stale-handle', two: 'done done' },
      { one: 'done done', two: 'done done' },
    ],
  },
  {
    name: 'two binds of a volume by one executor',
    before: [open('E1'), join('E1', 'V1', mounted('/'))],
    actors: { one: [bind('E1')], two: [bind('E1')] },
    ends: [
      { one: 'done', two: 'stale-handle' },
      { one: 'stale-handle', two: 'done' },
    ],
  },
  {
    name: 'a join of a volume alone, a create of its child, and a delete',
    before: [open('E1')],
    actors: {
      join: [join('E1', 'V1', mounted('/data', alone))],
      child: [{ op: 'child', id: 'V3', of: 'V1' }],
      delete: [remove('V1')],
    },
    breaks: 'V1',
    ends: [
      { join: 'done', child: 'invalid-parent', delete: 'in-use' },
      { join: 'in-use', child: 'done', delete: 'in-use' },
      { join: 'not-found', child: 'unknown-parent', delete: 'done' },
    ],
  },
  {
    name: 'a join of a volume alone, its delete, and a create under its name',
    before: [open('E1')],
    actors: {
      join: [join('E1', 'V1', mounted('/data', alone))],
      delete: [remove('V1'), create('V1'), { op: 'child', id: 'V3', of: 'V1' }],
    },
    breaks: 'V1',
    ends: [
      { join: 'done', delete: 'in-use name-collision invalid-parent' },
      { join: 'done', delete: 'done done invalid-parent' },
      { join: 'in-use', delete: 'done done done' },
    ],
  },
  {
    name: 'a join of a volume alone, and joins of it by others',
    before: [open('E1'), open('E2')],
    actors: {
      alone: [join('E1', 'V1', mounted('/data', alone))],
      other: [join('E2', 'V1', mounted('/data', { readOnly: true }))],
      same: [join('E1', 'L1')],
    },
    ends: [
      { alone: 'done', other: 'volume-attached' },
      { alone: 'in-use', other: 'done' },
      { alone: 'stale-handle', other: 'done', same: 'done' },
    ],
  },
  {
    name: 'two joins of a volume, each alone',
    before: [open('E1'), open('E2')],
    actors: {
      one: [join('E1', 'V1', mounted('/data', alone))],
      two: [join('E2', 'V1', mounted('/data', alone))],
    },
    breaks: 'V1',
    ends: [
      { one: 'done', two: 'volume-attached' },
      { one: 'volume-attached', two: 'done' },
    ],
  },
  {
    name: 'a leave of a volume held alone, a create of its child, its delete, and an association',
    before: [open('E1'), join('E1', 'V1', mounted('/data', alone))],
    actors: {
      leave: [{ op: 'leave', on: 'E1', id: 'V1' }, create('V1')],
      child: [{ op: 'child', id: 'V3', of: 'V1' }],
      delete: [remove('V1')],
      associate: [{ op: 'associate', id: 'V1', task: 'T1' }],
    },
    breaks: 'V1',
    ends: [
      { leave: 'done done', child: 'invalid-parent', delete: 'in-use' },
      { leave: 'done done', child: 'unknown-parent' },
      { leave: 'done done', child: 'done' },
    ],
  },
  {
    name: 'binds of one volume by two executors',
    before: ['E1', 'E2'].flatMap((on) => [open(on), join(on, 'V1', mounted('/data'))]),
    actors: {
      one: [bind('E1', 'V1'), { op: 'unbind', on: 'E1' }, { op: 'leave', on: 'E1', id: 'V1' }],
      two: [bind('E2', 'V1'), { op: 'unbind', on: 'E2' }],
    },
    ends: [
      { one: 'done done done', two: 'volume-attached done' },
      { one: 'volume-attached done done', two: 'done done' },
      { one: 'done done done', two: 'done done' },
    ],
  },
  {
    name: 'a join of storage that a task comes along with, and a delete of the task',
    before: [open('E1')],
    actors: {
      join: [join('E1', 'V1', mounted('/data'))],
      delete: [dissociate, remove('T2'), create('T2')],
      associate: [{ op: 'associate', id: 'V1', task: 'T1' }],
    },
    breaks: 'T2',
    ends: [
      { join: 'done', delete: 'done in-use name-collision' },
      { join: 'done', delete: 'done done done' },
    ],
  },
  {
    name: 'a join of storage that a task comes along with, and another task under its name',
    before: [open('E1')],
    actors: { join: [join('E1', 'V1', mounted('/data'))], renew: [dissociate, remove('T2'), create('T2')] },
    ends: [
      { join: 'done', renew: 'done in-use name-collision' },
      { join: 'done', renew: 'done done done' },
    ],
  },
  {
    name: 'a join of a volume alone that a task comes along with, and a delete of the task',
    before: [open('E1')],
    actors: {
      join: [join('E1', 'V1', mounted('/data', alone))],
      delete: [dissociate, remove('T2'), create('T2')],
    },
    breaks: 'V1',
    ends: [
      { join: 'done', delete: 'done in-use name-collision' },
      { join: 'done', delete: 'done done done' },
    ],
  },
  {
    name: 'an ephemeral task that stops, and a join',
    before: [dissociate, ...running],
    actors: {
      report: [{ op: 'report', on: 'E1', id: 'T2', state: 'exited', attempt: 1 }, remove('T2')],
      join: [join('E1', 'L1')],
      unbind: [{ op: 'unbind', on: 'E1', id: 'T2' }],
    },
    ends: [
      { report: 'done done', join: 'done', unbind: 'stale-handle' },
      { report: 'done done', join: 'stale-handle', unbind: 'done' },
      { report: 'done done', join: 'done', unbind: 'not-joined' },
    ],
  },
];
