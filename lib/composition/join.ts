import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import type { ElementRecord } from '../element/element.ts';
import { hidingHolder } from '../element/hidden-holder.ts';
import { formatId, parseId } from '../element/id.ts';
import { tellingReferences } from '../element/in-use.ts';
import { locate } from '../element/located.ts';
import { throughTags } from '../element/registry/meant-element.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { type Idempotency, type Outcome, once } from '../idempotency.ts';
import { rules } from '../kind/index.ts';
import { assertPermitted, assertWritable } from '../location/access.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import { assertOpen } from './closing.ts';
import { type Composition, type Member, nextComposition } from './composition.ts';
import type { Composed, CompositionJoin } from './composition-store.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { staleHandle } from './handle.ts';
import { type ElementJoin, fieldUnder, type JoinRequest, parseJoin } from './join-request.ts';
import { type Asked, loadMerge, withJoined } from './joined-members.ts';
import { executorOf, type Operation, readAfter } from './operation.ts';

/**
 * Throws unless the caller may use the volume in this way. The policy of its location must allow writes to mount
 * it for writing, and joining it without `persistent` takes a grant of `delete`.
 */
const assertUsable = (location: Location, caller: Caller, { id, mount, at }: ElementJoin): void => {
  if (!rules[id.kind].keepsWrites) return;
  if (mount?.persistent === false) {
    assertPermitted(location, caller.principal, 'delete');
    assertWritable(location, 'delete');
  }
  if (mount?.readOnly === false) assertWritable(location, 'write');
  if (mount?.save !== undefined && location.type === 'nfs') {
    const message = `is not for volumes of ${location.name}, which writes to its NFS server at once: leave it out`;
    throw invalidRequest({ path: fieldUnder(at, 'mount.save'), message });
  }
};

/**
 * The tasks that are associated with storage and join with it. The caller needs the same grants as for joining
 * them alone.
 */
const alongWith = async (
  { known }: CompositionDependencies,
  { principal }: Caller,
  element: ElementRecord | undefined,
): Promise<string[]> => {
  const tasks = (element?.tasks ?? []).map(({ id }) => id);
  for (const id of tasks) await locate(known, principal, parseId(id, 'id'), 'compose');
  return tasks;
};

const isElement = (request: JoinRequest): request is ElementJoin => !('spec' in request);

/** Throws `already-joined` if two of the IDs mean the same element. */
const assertDistinct = (ids: readonly string[]): void => {
  const id = ids.find((each, at) => ids.indexOf(each) < at);
  if (id !== undefined)
    throw new TaskportError('already-joined', `two of the members are ${id}: leave one of them out`, { id });
};

/** Elements and inline tasks that join an executor in one step, and the caller. */
export interface Joins {
  readonly caller: Caller;
  readonly executorId: string;
  readonly requests: readonly JoinRequest[];
  readonly idempotency?: Idempotency | undefined;
  /** Whether the join depends on the executor itself. */
  readonly looksAtExecutor: boolean;
  /** Makes the next composition from the elements that were found and the way in which each joins; it may refuse. */
  readonly complete: (
    found: Parameters<CompositionJoin['derive']>[0],
    joinTo: (former: Composition) => readonly Member[],
    executors: Location,
  ) => Composed | undefined | Promise<Composed | undefined>;
}

/** Joins all of the members, or none. */
export const joinTogether = async (deps: CompositionDependencies, joins: Joins): Promise<Composition> => {
  const { caller, executorId, requests, idempotency, looksAtExecutor, complete } = joins;
  const executors = await locate(deps.known, caller.principal, executorOf({ executorId }), 'compose');
  const asked: Asked[] = [];
  for (const request of requests) {
    const location = isElement(request)
      ? await locate(deps.known, caller.principal, request.id, 'compose')
      : executors;
    if (isElement(request)) assertUsable(location, caller, request);
    asked.push({ request, location, reference: deps.newId() });
  }
  const merge = await loadMerge();
  const elements = requests.filter(isElement).map(({ id }) => id);
  return throughTags(deps.tags, elements, (meant) => {
    const given = elements.map(formatId);
    const ids = meant.map(formatId);
    assertDistinct(ids);
    const meantBy = (id: string): string => ids[given.indexOf(id)] ?? id;
    const resolved = asked.map(({ request, ...one }): Asked => {
      const of = isElement(request) ? meant[elements.indexOf(request.id)] : undefined;
      const storageId =
        isElement(request) || request.storageId === undefined ? undefined : meantBy(request.storageId);
      return {
        ...one,
        request: { ...request, ...defined({ storageId }), ...(of && { id: of }) } as JoinRequest,
      };
    });
    const members = resolved
      .map(({ request }) => request)
      .filter(isElement)
      .map(({ id, mount }) => ({ id: formatId(id), alone: mount?.persistent === false }));
    const join: CompositionJoin = {
      executorId,
      members,
      looksAtExecutor,
      along: (element) => alongWith(deps, caller, element),
      derive: (found, joining) =>
        complete(found, (former) => withJoined(former, resolved, joining, merge, executors), executors),
      caller,
      ...defined({ idempotency }),
    };
    return tellingReferences(deps.known, caller.principal, () =>
      untilUncontended(() => deps.compositions.join(join)),
    );
  });
};

/**
 * Joins an element or an inline task to the composition that a handle names; the tasks that are associated with
 * storage come along. Throws `invalid-handle`, `stale-handle`, `not-found`, `invalid-state`, `already-joined`,
 * `mount-conflict`, `in-use` and `volume-attached` if another executor has a volume for writing, every problem
 * of the locations, and `permission-denied` [issues] if the location of the executor does not allow what the
 * member needs.
 */
export const joinElement = async (
  deps: CompositionDependencies,
  { caller, handle, idempotency }: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const { executorId } = handle;
  const requests = [parseJoin(body, executorOf(handle))];
  const at = new Date(deps.now()).toISOString();
  const nonce = deps.newId();
  const effect = () =>
    joinTogether(deps, {
      caller,
      executorId,
      requests,
      idempotency,
      looksAtExecutor: false,
      complete: ({ composition: former }, joinTo) => {
        if (former?.nonce !== handle.nonce) throw staleHandle();
        assertOpen(former);
        return { composition: nextComposition(former, { members: joinTo(former) }, at, caller, nonce) };
      },
    });
  return hidingHolder(deps.known, caller.principal, () =>
    once(deps.idempotency, idempotency, effect, (id) => readAfter(deps, caller, id)),
  );
};
