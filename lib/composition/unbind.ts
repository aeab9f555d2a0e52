import { TaskportError } from '../errors.ts';
import type { Outcome } from '../idempotency.ts';
import { parseSelection } from './bind.ts';
import { boundTasks, type Composition, isStorage, type Member } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { writersTo } from './logs.ts';
import { type Effect, memberOf, notBound, type Operation, operate } from './operation.ts';
import { withoutNext } from './supervision.ts';

/** What stands on a member while it is bound: every task on storage, since all of it is mounted, and on a log its writers. */
const dependants = (composition: Composition, member: Member): Member[] => {
  if (isStorage(member)) return boundTasks(composition);
  return member.kind === 'log' ? writersTo(composition, member.id) : [];
};

const asUnbound = (member: Member): Member => {
  const { task } = member;
  if (!task) return { ...member, bound: false };
  // Where nobody said that it was started, that it was asked for stays, so that a runner that started it all the same is heard.
  const state = task.run.state === 'bound' ? 'created' : task.run.state;
  return { ...member, bound: false, task: { ...task, run: { ...withoutNext(task.run), state } } };
};

/** What unbinding one member, or everything, changes. */
export const unbindMembers = (composition: Composition, id: string | undefined): Effect | undefined => {
  const chosen =
    id === undefined ? composition.members.filter(({ bound }) => bound) : [memberOf(composition, id)];
  if (chosen.length === 0) return undefined;
  for (const member of chosen) {
    if (!member.bound) throw notBound(member.id);
    const left = dependants(composition, member).filter((task) => !chosen.includes(task));
    if (left.length > 0) {
      const references = left.map((task) => ({ id: task.id, kind: 'task' }));
      throw new TaskportError(
        'in-use',
        `${member.id} is what bound tasks stand on: unbind them first, or everything at once`,
        {
          references,
          hidden: 0,
        },
      );
    }
  }
  const members = composition.members.map((member) => (chosen.includes(member) ? asUnbound(member) : member));
  const detached = chosen.filter(({ exclusive }) => exclusive).map((member) => member.id);
  return { change: { members }, detached };
};

/**
 * Unbinds an element, or everything bound, in one step: tasks are asked to stop, storage is detached. Throws
 * `invalid-handle`, `stale-handle`, `not-joined`, `not-bound`, `in-use` [references] where a bound task stands on it.
 */
export const unbindElements = (
  deps: CompositionDependencies,
  operation: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const id = parseSelection(body);
  return operate(deps, operation, (composition) => unbindMembers(composition, id));
};
