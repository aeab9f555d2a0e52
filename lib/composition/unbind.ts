import * as z from 'zod/mini';
import { formatId } from '../element/id.ts';
import { parseMemberId } from '../element/member-id.ts';
import { TaskportError } from '../errors.ts';
import { optional } from '../facts.ts';
import type { Outcome } from '../idempotency.ts';
import { validate } from '../validation.ts';
import { detachAll } from './attaching.ts';
import { type Chosen, selection } from './bind.ts';
import { boundTasks, type Composition, isStorage, type Member } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { writersTo } from './logs.ts';
import { memberOf, notBound, type Operation, operate } from './operation.ts';
import { withoutNext } from './supervision.ts';

/** One element of a composition, or all of them; and whether to save or discard their writes. */
export const unbinding = z.extend(selection, {
  discard: optional(
    z.boolean(),
    'Whether the service discards the writes to volumes instead of saving them. This includes volumes that are unbound but not saved yet. Default: `false`.',
  ),
});

/**
 * The bound members that depend on a member: every task on storage, since all of it is mounted, and on a log the
 * tasks that write to it.
 */
const dependants = (composition: Composition, member: Member): Member[] => {
  if (isStorage(member)) return boundTasks(composition);
  return member.kind === 'log' ? writersTo(composition, member.id) : [];
};

const asUnbound = (member: Member): Member => {
  const { task } = member;
  if (!task) return { ...member, bound: false };
  // A task that no runner has reported keeps the record of its bind, so that a runner that started it anyway may
  // still report.
  const state = task.run.state === 'bound' ? 'created' : task.run.state;
  const { waitsFor: _, ...run } = withoutNext(task.run);
  return { ...member, bound: false, task: { ...task, run: { ...run, state } } };
};

/** Unbinds one member, or all; `discard` discards writes that are not saved yet. */
export const unbindMembers = (
  composition: Composition,
  id: string | undefined,
  discard = false,
): Chosen | undefined => {
  const isMeant = ({ bound, saving }: Member): boolean => bound || (discard && saving !== undefined);
  const chosen = id === undefined ? composition.members.filter(isMeant) : [memberOf(composition, id)];
  if (chosen.length === 0) return undefined;
  for (const member of chosen) {
    if (!isMeant(member)) throw notBound(member.id);
    const left = dependants(composition, member).filter((task) => !chosen.includes(task));
    if (left.length > 0) {
      const references = left.map((task) => ({ id: task.id, kind: 'task' }));
      throw new TaskportError(
        'in-use',
        `bound tasks need ${member.id}: unbind those tasks first, or everything at once`,
        {
          references,
          hidden: 0,
        },
      );
    }
  }
  const members = composition.members.map((member) => (chosen.includes(member) ? asUnbound(member) : member));
  return { change: { members }, chosen: new Set(chosen.map((member) => member.id)) };
};

/**
 * Unbinds an element, or everything bound, in one step: runners stop the tasks, and storage is detached. The
 * engine then saves the writes to a volume, or they are discarded if the caller says so. Throws
 * `invalid-handle`, `stale-handle`, `not-joined`, `not-bound`, `in-use` [references] if a bound task depends on
 * the member.
 */
export const unbindElements = (
  deps: CompositionDependencies,
  operation: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const { id: given, discard = false } = validate(unbinding, body);
  const id = given === undefined ? undefined : formatId(parseMemberId(given, 'id'));
  return operate(deps, operation, async (composition) => {
    const unbound = unbindMembers(composition, id, discard);
    if (!unbound) return undefined;
    const moment = { caller: operation.caller, at: new Date(deps.now()).toISOString() };
    const { members, ...beside } = await detachAll(
      deps,
      composition,
      unbound.change.members,
      unbound.chosen,
      moment,
      discard,
    );
    return { change: { members }, ...beside };
  });
};
