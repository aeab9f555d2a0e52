import { defined } from '../../lib/defined.ts';
import {
  associate,
  create,
  disassociate,
  join,
  joinExclusively,
  leave,
  open,
  remove,
  report,
} from './calls.ts';
import { compose } from './composition.ts';
import { founder } from './opener.ts';
import type { Rules } from './program.ts';
import type { Cast } from './scenarios.ts';
import { type Element, edgeKey, hold, lone, type Member } from './store.ts';
import { inTurn } from './turns.ts';

const heldKey = (target: string): string => edgeKey(target, 'held.0');
const member = (incarnation: string, exclusive = false): Member => ({ incarnation, exclusive });

const executor = lone('x0');
const volume = lone('v0');
const task = lone('t0');

/** An executor with one member. */
const joined = (target: string, element: Element, exclusive = false): Omit<Cast, 'programs'> =>
  defined({
    elements: { executor, [target]: element },
    edges: { [heldKey(target)]: hold(target, 'executor') },
    compositions: { executor: compose({ [heldKey(target)]: member(element.incarnation, exclusive) }) },
    guards: exclusive ? { [target]: { holder: 'executor', standing: true } } : undefined,
  });

const unjoined = { executor: compose() };

/** A volume with an associated task. */
const associated = (): Pick<Cast, 'elements' | 'edges'> => ({
  elements: { executor, volume: { ...volume, references: { [heldKey('task')]: 't0' } }, task },
  edges: { [heldKey('task')]: hold('task', 'volume') },
});

export const compositionScenarios = {
  'a composition is opened while its executor is deleted and created anew': (rules: Rules): Cast => ({
    elements: { executor, image: lone('i0') },
    programs: [
      inTurn('caller', [open(rules, 'caller.open'), join(rules, 'caller.join', 'image')]),
      inTurn('other', [
        remove(rules, 'other.delete', 'executor'),
        founder({ id: 'other.create', name: 'executor' }),
      ]),
      open(rules, 'open'),
    ],
  }),

  'an image joins and leaves while another joins and the first is deleted': (rules: Rules): Cast => ({
    elements: { executor, image: lone('i0'), other: lone('o0') },
    compositions: unjoined,
    programs: [
      inTurn('caller', [join(rules, 'caller.join', 'image'), leave(rules, 'caller.leave', 'image')]),
      join(rules, 'join', 'other'),
      remove(rules, 'delete', 'image'),
    ],
  }),

  'a task leaves by a report while an image joins and leaves': (rules: Rules): Cast => ({
    ...joined('task', task),
    elements: { executor, task, image: lone('i0') },
    programs: [
      report(rules, 'report', 'task'),
      inTurn('caller', [join(rules, 'caller.join', 'image'), leave(rules, 'caller.leave', 'task')]),
      remove(rules, 'delete', 'task'),
    ],
  }),

  'a report on a task comes late, to another executor of the same name': (rules: Rules): Cast => ({
    ...joined('task', task),
    elements: { executor, task, image: lone('i0') },
    programs: [
      report(rules, 'report', 'task'),
      inTurn('caller', [
        leave(rules, 'caller.leave', 'task'),
        remove(rules, 'caller.delete', 'executor'),
        founder({ id: 'caller.create', name: 'executor' }),
        open(rules, 'caller.open'),
        join(rules, 'caller.join', 'image'),
      ]),
    ],
  }),

  'a volume is joined exclusively while a child is created and it is deleted': (rules: Rules): Cast => ({
    elements: { executor, volume },
    compositions: unjoined,
    programs: [
      joinExclusively(rules, 'join', 'volume'),
      create(rules, 'create', 'child', 'volume'),
      remove(rules, 'delete', 'volume'),
    ],
  }),

  'a volume is joined exclusively while another executor joins it': (rules: Rules): Cast => ({
    elements: { executor, volume, executor2: lone('y0') },
    compositions: { ...unjoined, executor2: compose({}, 'y0') },
    programs: [
      joinExclusively(rules, 'join', 'volume'),
      join(rules, 'join2', 'volume', 'executor2'),
      leave(rules, 'leave', 'volume'),
    ],
  }),

  'two executors join a volume exclusively': (rules: Rules): Cast => ({
    elements: { executor, volume, executor2: lone('y0') },
    compositions: { ...unjoined, executor2: compose({}, 'y0') },
    programs: [
      inTurn('caller', [
        joinExclusively(rules, 'caller.join', 'volume'),
        leave(rules, 'caller.leave', 'volume'),
      ]),
      joinExclusively(rules, 'join', 'volume', 'executor2'),
      remove(rules, 'delete', 'executor'),
    ],
  }),

  'a volume that was joined exclusively leaves while a child is created and it is deleted': (
    rules: Rules,
  ): Cast => ({
    ...joined('volume', volume, true),
    programs: [
      leave(rules, 'leave', 'volume'),
      create(rules, 'create', 'child', 'volume'),
      remove(rules, 'delete', 'volume'),
    ],
  }),

  'a volume joins exclusively, leaves and is created anew while a child is created': (
    rules: Rules,
  ): Cast => ({
    elements: { executor, volume },
    compositions: unjoined,
    programs: [
      inTurn('caller', [
        joinExclusively(rules, 'caller.join', 'volume'),
        leave(rules, 'caller.leave', 'volume'),
        founder({ id: 'caller.create', name: 'volume' }),
      ]),
      create(rules, 'create', 'child', 'volume'),
    ],
  }),

  'a volume joins exclusively while it is deleted and created anew': (rules: Rules): Cast => ({
    elements: { executor, volume },
    compositions: unjoined,
    programs: [
      joinExclusively(rules, 'join', 'volume'),
      inTurn('other', [
        remove(rules, 'other.delete', 'volume'),
        founder({ id: 'other.create', name: 'volume' }),
      ]),
    ],
  }),

  'a volume that was joined exclusively leaves while a task is associated with it': (rules: Rules): Cast => ({
    ...joined('volume', volume, true),
    elements: { executor, volume, task },
    programs: [
      leave(rules, 'leave', 'volume'),
      associate(rules, 'associate', 'volume', 'task'),
      remove(rules, 'delete', 'task'),
    ],
  }),

  'a task is associated while it and the storage are deleted': (rules: Rules): Cast => ({
    elements: { volume, task },
    programs: [
      associate(rules, 'associate', 'volume', 'task'),
      remove(rules, 'delete', 'task'),
      remove(rules, 'delete2', 'volume'),
    ],
  }),

  'an association ends while another begins': (rules: Rules): Cast => ({
    ...associated(),
    elements: { ...associated().elements, task2: lone('u0') },
    programs: [
      disassociate(rules, 'part', 'volume', 'task'),
      associate(rules, 'associate', 'volume', 'task2'),
      remove(rules, 'delete', 'volume'),
    ],
  }),

  'storage joins with its task while both are deleted': (rules: Rules): Cast => ({
    ...associated(),
    compositions: unjoined,
    programs: [
      join(rules, 'join', 'volume'),
      inTurn('other', [remove(rules, 'other.delete', 'volume'), remove(rules, 'other.delete2', 'task')]),
    ],
  }),

  'storage joins with its task while that is parted, deleted and created anew': (rules: Rules): Cast => ({
    ...associated(),
    compositions: unjoined,
    programs: [
      join(rules, 'join', 'volume'),
      inTurn('other', [
        disassociate(rules, 'other.part', 'volume', 'task'),
        remove(rules, 'other.delete', 'task'),
        founder({ id: 'other.create', name: 'task' }),
      ]),
    ],
  }),
};
