import * as z from 'zod/mini';
import { notSavedYet } from '../element/attachment.ts';
import { formatId } from '../element/id.ts';
import { memberId } from '../element/id-schema.ts';
import { parseMemberId } from '../element/member-id.ts';
import { TaskportError } from '../errors.ts';
import { described } from '../facts.ts';
import type { Outcome } from '../idempotency.ts';
import { validate } from '../validation.ts';
import { rememberAttempts } from './attempts.ts';
import { boundTasks, type Composition, isStorage, type Member, referencesOf } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { alreadyBound, type Effect, memberOf, type Operation, operate } from './operation.ts';

/** The member to remove. */
export const leaveRequest = z.strictObject({
  id: described(memberId, 'The ID of the member: an element or an inline task.'),
});

/** The member, and the tasks that came along with it. */
const leavingWith = ({ members }: Composition, member: Member): Member[] => [
  member,
  ...members.filter(({ task }) => task?.storageId === member.id),
];

/** Removes a member from a composition. */
const leaveMember = (composition: Composition, id: string): Effect => {
  const member = memberOf(composition, id);
  if (member.bound) throw alreadyBound(id);
  if (member.saving) throw notSavedYet(id, composition.executorId);
  if (isStorage(member) && boundTasks(composition).length > 0) {
    throw new TaskportError(
      'invalid-state',
      'storage cannot leave while a task is bound: unbind the tasks first',
      {
        state: 'bound',
      },
    );
  }
  const leaving = leavingWith(composition, member);
  return {
    change: {
      members: composition.members.filter((candidate) => !leaving.includes(candidate)),
      ...rememberAttempts(composition, leaving),
    },
    released: referencesOf(leaving),
  };
};

/**
 * Removes an element from a composition, with the tasks that came along; a volume that does not persist is
 * deleted. Throws `invalid-handle`, `stale-handle`, `not-joined`, `already-bound`, `volume-attached` while its
 * writes are not saved, and `invalid-state` for storage while a task is bound.
 */
export const leaveElement = (
  deps: CompositionDependencies,
  operation: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const parsed = parseMemberId(validate(leaveRequest, body).id, 'id');
  const id = formatId(parsed);
  return operate(deps, operation, async (composition) => {
    const effect = leaveMember(composition, id);
    if (memberOf(composition, id).mount?.persistent !== false) return effect;
    const [record, location] = await Promise.all([deps.elements.get(id), deps.known.get(parsed.location)]);
    return record ? { ...effect, deleted: { record, location } } : effect;
  });
};
