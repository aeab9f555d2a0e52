import * as z from 'zod/mini';
import { formatId, parseId } from '../element/id.ts';
import { memberId } from '../element/id-schema.ts';
import type { LogSpec } from '../element/log-spec.ts';
import { parseMemberId } from '../element/member-id.ts';
import { TaskportError } from '../errors.ts';
import { optional } from '../facts.ts';
import type { Outcome } from '../idempotency.ts';
import { rules } from '../kind/index.ts';
import type { Location } from '../location/location.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import { assertAllowed, withExport } from './asking.ts';
import { attachAll } from './attaching.ts';
import {
  boundTasks,
  type Composition,
  isStorage,
  isTask,
  type Member,
  ROOT,
  type TaskMember,
} from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { logsOf } from './logs.ts';
import { alreadyBound, memberOf, notBound, type Operation, operate } from './operation.ts';
import { withRootImage } from './root-image.ts';

/** One element of a composition, or all of them. */
export const selection = z.strictObject({
  id: optional(memberId, 'The ID of the member. Absent if the request is for all members.'),
});

/** The ID that a request names; undefined if it selects all members. */
const parseSelection = (body: unknown): string | undefined => {
  const { id } = validate(selection, body);
  return id === undefined ? undefined : formatId(parseMemberId(id, 'id'));
};

/** Throws unless the storage, root and logs of a task are bound in the composition after the change. */
const assertGrounded = (composition: Pick<Composition, 'members'>, { id, task }: TaskMember): void => {
  const { members } = composition;
  if (!members.some(({ bound, mount }) => bound && mount?.path === ROOT)) {
    throw new TaskportError(
      'no-root-filesystem',
      `${id} has no root filesystem: join an image with \`mount.path\` \`${ROOT}\`, and bind it first`,
    );
  }
  const needed = [
    ...(task.storageId === undefined ? [] : [task.storageId]),
    ...logsOf(composition, task.spec),
  ];
  for (const other of needed) {
    const member = members.find((candidate) => candidate.id === other);
    if (!member)
      throw new TaskportError('not-joined', `${id} needs ${other}, which is not joined: join that first`, {
        id: other,
      });
    if (!member.bound) throw notBound(other);
  }
};

const asBound = (member: Member, at: string, boundBy: Principal): Member => {
  const { task } = member;
  if (!task) return { ...member, bound: true };
  const attempt = task.run.attempt + 1;
  return {
    ...member,
    bound: true,
    task: { ...task, boundBy, boundSince: at, run: { state: 'bound', attempt, boundAt: at } },
  };
};

/** Members after a bind or an unbind, and which of them are bound or unbound. */
export interface Chosen {
  readonly change: { readonly members: readonly Member[] };
  readonly chosen: ReadonlySet<string>;
}

/** Binds one member, or all that are not bound. */
export const bindMembers = (
  composition: Composition,
  id: string | undefined,
  at: string,
  principal: Principal,
): Chosen | undefined => {
  const chosen =
    id === undefined ? composition.members.filter(({ bound }) => !bound) : [memberOf(composition, id)];
  if (chosen.length === 0) return undefined;
  const [first] = chosen;
  if (first?.bound) throw alreadyBound(first.id);
  if (chosen.some(isStorage) && boundTasks(composition).length > 0) {
    const detail =
      'storage cannot be bound while a task is: unbind the tasks first, since a running container keeps its mounts';
    throw new TaskportError('invalid-state', detail, { state: 'bound' });
  }
  const members = composition.members.map((member) =>
    chosen.includes(member) ? asBound(member, at, principal) : member,
  );
  for (const task of chosen.filter(isTask)) assertGrounded({ members }, task);
  return { change: { members }, chosen: new Set(chosen.map((member) => member.id)) };
};

/**
 * The destinations of logs. Those of members that joined before the composition kept them come from their
 * elements.
 */
const specsOf = async (
  { elements }: CompositionDependencies,
  logs: readonly Member[],
): Promise<{ readonly id: string; readonly spec: LogSpec }[]> => {
  const former = logs.filter(({ log }) => log === undefined).map(({ id }) => id);
  const found = former.length === 0 ? [] : await elements.getAll(former);
  return logs.map(({ id, log }) => ({
    id,
    spec: log ?? (found.find((record) => record?.attributes.id === id)?.spec as LogSpec | undefined) ?? {},
  }));
};

/**
 * Throws `invalid-state` if the location names an engine that the deployment no longer has, since nothing would
 * start a task.
 */
const assertHasEngine = (engines: ReadonlySet<string>, { name, engine }: Location): void => {
  if (engine === undefined || engines.has(engine)) return;
  const detail = `the tasks of ${name} run on the engine \`${engine}\`, which this deployment does not have any more: have an operator deploy it with \`${engine}\` again, or compose the same in a location of executors without an engine, for a runner`;
  throw new TaskportError('invalid-state', detail, { state: 'no-engine' });
};

/** Throws unless the executor's location still allows the parts that the bound members name. */
const assertMayAsk = async (
  deps: CompositionDependencies,
  { executorId }: Composition,
  { change: { members }, chosen }: Chosen,
): Promise<void> => {
  const { known, engines } = deps;
  const bound = members.filter((member) => member.bound);
  const locationOf = (id: string) => known.get(parseId(id, 'id').location);
  // The service keeps the data of exclusive storage, so only other storage may be on an NFS server.
  const shared = bound.filter(({ kind, exclusive }) => rules[kind].nfs && !exclusive);
  const location = await locationOf(executorId);
  if (bound.some((member) => isTask(member) && chosen.has(member.id))) assertHasEngine(engines, location);
  assertAllowed(location, {
    tasks: bound.filter(isTask).map(({ id, task }) => ({ id, spec: task.spec })),
    logs: await specsOf(
      deps,
      bound.filter(({ kind }) => kind === 'log'),
    ),
    storage: await Promise.all(shared.map(async ({ id }) => withExport(id, await locationOf(id)))),
  });
};

/**
 * Binds one member, or all that are not bound, with the changes of attachments, if the location of the executor
 * still allows it.
 */
export const bindAll = async (
  deps: CompositionDependencies,
  composition: Composition,
  id: string | undefined,
  caller: Caller,
) => {
  const at = new Date(deps.now()).toISOString();
  const binding = bindMembers(composition, id, at, caller.principal);
  if (!binding) return undefined;
  await assertMayAsk(deps, composition, binding);
  const rooted = await withRootImage(deps.elements, binding.change.members);
  const { members, ...beside } = await attachAll(deps, composition, rooted, binding.chosen, { caller, at });
  return { change: { members }, ...beside };
};

/**
 * Binds an element, or everything joined, in one step: storage is attached, and runners may start the tasks.
 * Throws `invalid-handle`, `stale-handle`, `not-joined`, `already-bound`, `not-bound` if a task needs a member
 * that is not bound, `no-root-filesystem`, `volume-attached` [executorId], `in-use` if a volume that is bound
 * for writing has children, `invalid-state`, `permission-denied` [issues].
 */
export const bindElements = (
  deps: CompositionDependencies,
  operation: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const id = parseSelection(body);
  return operate(deps, operation, (composition) => bindAll(deps, composition, id, operation.caller));
};
