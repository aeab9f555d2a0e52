import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import type { ElementRecord } from '../element/element.ts';
import { mergeSpec } from '../element/environment.ts';
import { hidingHolder } from '../element/hidden-holder.ts';
import { type ElementId, formatId, parseId } from '../element/id.ts';
import { tellingReferences } from '../element/in-use.ts';
import { lackOfLayers } from '../element/lack-of-layers.ts';
import { assertReady, locate } from '../element/located.ts';
import type { LogSpec } from '../element/log-spec.ts';
import { throughTag } from '../element/registry/meant-element.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { type Outcome, once } from '../idempotency.ts';
import { type MemberKind, rules } from '../kind/index.ts';
import { assertPermitted, assertWritable } from '../location/access.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import { assertAllowed, withExport } from './asking.ts';
import { associatedSpec } from './associated-spec.ts';
import {
  boundTasks,
  type Composition,
  isStorage,
  isTask,
  MAX_MEMBERS,
  type Member,
  type Mount,
  nextComposition,
} from './composition.ts';
import type { CompositionJoin, Joining } from './composition-store.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { staleHandle } from './handle.ts';
import { type JoinRequest, parseJoin } from './join-request.ts';
import { executorOf, type Operation, readAfter } from './operation.ts';
import { fieldsSaid } from './plan/origin.ts';
import { rootImageOf } from './root-image.ts';

/** Throws unless the caller may use the element so: writing to a volume changes it, and one that does not persist is deleted. */
const assertUsable = (location: Location, caller: Caller, { id, mount }: JoinRequest): void => {
  if (!rules[id.kind].keepsWrites) return;
  if (mount?.persistent === false) {
    assertPermitted(location, caller.principal, 'delete');
    assertWritable(location, 'delete');
  }
  if (mount?.readOnly === false) assertWritable(location, 'write');
  if (mount?.save !== undefined && location.type === 'nfs') {
    const message = `is not for volumes of ${location.name}: what is written is on its NFS server at once`;
    throw invalidRequest({ path: 'mount.save', message });
  }
};

/** The element, where it may join. Throws `not-found`, `invalid-state`, and `volume-attached` where another has it to itself. */
const assertFree = (found: ElementRecord | undefined, id: ElementId): ElementRecord => {
  const element = assertReady(found, id);
  if (element.heldBy !== undefined) {
    const detail = `${formatId(id)} is held by ${element.heldBy} alone, and goes with it`;
    throw new TaskportError('volume-attached', detail, { executorId: element.heldBy });
  }
  return element;
};

/** The specification of a task as it is joined: what the overrides say over what the task says. */
type Merge = (task: ElementRecord, overrides?: Record<string, unknown>) => TaskSpec;

/** Loads the schema where a task may join, since most of what a cold start is asked for needs none. */
const loadMerge = async (): Promise<Merge> => {
  const { taskSpec } = await import('../element/spec-schemas.ts');
  return ({ spec = {} }, overrides = {}) => validate(taskSpec, mergeSpec(spec, overrides), 'overrides');
};

const toTask = (
  { attempts, attemptFloor, ...composition }: Composition,
  element: ElementRecord,
  merged: TaskSpec,
  reference: string,
  overrides?: JoinRequest['overrides'],
  storage?: { readonly id: string; readonly mount: Mount },
): Member => {
  const { id, kind, revision } = element.attributes;
  const ephemeral = boundTasks(composition).length > 0;
  if (ephemeral && (merged.restart?.mode ?? 'never') !== 'never') {
    const message = 'must be `never` for a task that joins while another is bound: it leaves when it stops';
    throw invalidRequest({ path: 'overrides.restart.mode', message });
  }
  return {
    id,
    kind: kind as MemberKind,
    bound: false,
    reference,
    task: {
      spec: storage ? associatedSpec(merged, storage.mount.path) : merged,
      revision,
      ...defined({ storageId: storage?.id, overridden: overrides && fieldsSaid(overrides) }),
      ephemeral,
      run: { state: 'created', attempt: attempts[id] ?? attemptFloor },
    },
  };
};

const toMembers = (
  composition: Composition,
  request: JoinRequest,
  location: Location,
  { element: found, reference, along }: Joining,
  merge: Merge,
): Member[] => {
  const { kind } = request.id;
  const element = assertFree(found, request.id);
  const { id } = element.attributes;
  const { joins, keepsWrites } = rules[kind];
  if (joins === 'run') {
    const { overrides } = request;
    return [toTask(composition, element, merge(element, overrides), reference, overrides)];
  }
  if (!request.mount) {
    const plain = { id, kind, bound: false, reference };
    return [kind === 'log' ? { ...plain, log: (element.spec ?? {}) as LogSpec } : plain];
  }
  const { mount } = request;
  const lack = lackOfLayers(element);
  if (lack !== undefined) throw new TaskportError('invalid-state', lack, { state: 'without-layers' });
  const exclusive = keepsWrites && location.type !== 'nfs' && !mount.readOnly;
  const storage: Member = {
    id,
    kind,
    bound: false,
    reference,
    mount,
    ...defined({ image: rootImageOf(element, mount.path), exclusive: exclusive || undefined }),
  };
  const tasks = along.map((joining) => {
    const task = assertFree(joining.element, parseId(joining.id, 'id'));
    return toTask(composition, task, merge(task), joining.reference, undefined, { id, mount });
  });
  return [storage, ...tasks];
};

const assertNotJoined = ({ members }: Composition, id: string): void => {
  if (members.some((member) => member.id === id)) {
    throw new TaskportError('already-joined', `${id} is joined already`, { id });
  }
};

/** Throws where the element does not join, whatever it is like and whatever comes along. */
const assertMayJoin = (composition: Composition, { id, mount }: JoinRequest): void => {
  assertNotJoined(composition, formatId(id));
  if (mount && boundTasks(composition).length > 0) {
    const detail = 'storage does not join while a task is bound';
    throw new TaskportError('invalid-state', detail, { state: 'bound' });
  }
};

/** Throws unless the new members get along with those that are there. */
const assertFits = (composition: Composition, added: readonly Member[]): void => {
  const { members } = composition;
  for (const { id } of added) assertNotJoined(composition, id);
  const [first] = added;
  const path = first?.mount?.path;
  if (members.filter(isStorage).some(({ mount }) => mount.path === path)) {
    throw new TaskportError('mount-conflict', `something is mounted at ${path} already`, { path });
  }
  if (members.length + added.length > MAX_MEMBERS) {
    const detail = `a composition has at most ${MAX_MEMBERS} members`;
    throw new TaskportError('invalid-state', detail, { state: 'full' });
  }
};

/** Throws unless the location of the executor lets new members ask for what they do; storage is all of one location. */
const assertMayAsk = (executors: Location, added: readonly Member[], location: Location): void =>
  assertAllowed(executors, {
    tasks: added.filter(isTask).map(({ id, task }) => ({ id, spec: task.spec })),
    logs: added.flatMap(({ id, log }) => (log ? [{ id, spec: log }] : [])),
    storage: added.filter(isStorage).map(({ id }) => withExport(id, location)),
  });

/** The tasks that come along with storage. They are composed as if they were joined, so the caller must be one who may. */
const alongWith = async (
  { known }: CompositionDependencies,
  { principal }: Caller,
  { kind }: ElementId,
  element: ElementRecord | undefined,
): Promise<string[]> => {
  const tasks = rules[kind].joins === 'mounted' ? (element?.tasks ?? []).map(({ id }) => id) : [];
  for (const id of tasks) await locate(known, principal, parseId(id, 'id'), 'compose');
  return tasks;
};

/**
 * Joins an element to the composition that a handle names; the tasks that are associated with storage come along.
 * Throws `invalid-handle`, `stale-handle`, `not-found`, `invalid-state`, `already-joined`, `mount-conflict`, `in-use`
 * and `volume-attached` where a volume is not to be had alone, every problem of the locations, and `permission-denied` [issues] for
 * what the location of the executor does not let its tasks ask for.
 */
export const joinElement = async (
  deps: CompositionDependencies,
  { caller, handle, idempotency }: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const asked = parseJoin(body);
  const effect = async (): Promise<Composition> => {
    const executors = await locate(deps.known, caller.principal, executorOf(handle), 'compose');
    const location = await locate(deps.known, caller.principal, asked.id, 'compose');
    assertUsable(location, caller, asked);
    const at = new Date(deps.now()).toISOString();
    const nonce = deps.newId();
    const merge = await loadMerge();
    const joinOf = (request: JoinRequest): CompositionJoin => ({
      executorId: handle.executorId,
      elementId: formatId(request.id),
      exclusively: request.mount?.persistent === false,
      along: (element) => alongWith(deps, caller, request.id, element),
      derive: (former, joining) => {
        if (former?.nonce !== handle.nonce) throw staleHandle();
        assertMayJoin(former, request);
        const added = toMembers(former, request, location, joining, merge);
        assertFits(former, added);
        assertMayAsk(executors, added, location);
        return nextComposition(former, { members: [...former.members, ...added] }, at, caller, nonce);
      },
      caller,
      ...defined({ idempotency }),
    });
    return throughTag(deps.tags, asked.id, (meant) => {
      const join = joinOf({ ...asked, id: { ...asked.id, ...meant } as JoinRequest['id'] });
      return tellingReferences(deps.known, caller.principal, join.elementId, () =>
        untilUncontended(() => deps.compositions.join(join)),
      );
    });
  };
  return hidingHolder(deps.known, caller.principal, () =>
    once(deps.idempotency, idempotency, effect, (id) => readAfter(deps, caller, id)),
  );
};
