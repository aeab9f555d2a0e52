import { defined } from '../defined.ts';
import type { ElementRecord } from '../element/element.ts';
import { mergeSpec } from '../element/environment.ts';
import { type ElementId, formatId, parseId } from '../element/id.ts';
import { lackOfLayers } from '../element/lack-of-layers.ts';
import { assertReady } from '../element/located.ts';
import type { LogSpec } from '../element/log-spec.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { type MemberKind, rules } from '../kind/index.ts';
import type { Location } from '../location/location.ts';
import { validate } from '../validation.ts';
import { type Asking, assertAllowed, withExport } from './asking.ts';
import { associatedSpec } from './associated-spec.ts';
import {
  boundTasks,
  type Composition,
  isStorage,
  isTask,
  MAX_MEMBERS,
  type Member,
  type Mount,
} from './composition.ts';
import type { Joining } from './composition-store.ts';
import { type ElementJoin, fieldUnder, type InlineJoin, type JoinRequest } from './join-request.ts';
import { notJoined } from './operation.ts';
import { fieldsSaid } from './plan/origin.ts';
import { rootImageOf } from './root-image.ts';

/** An element or inline task that is to join, with its location. An inline task has the location of the executor. */
export interface Asked {
  readonly request: JoinRequest;
  readonly location: Location;
  readonly reference: string;
}

/**
 * Answers an element that may join. Throws `not-found`, `invalid-state`, and `volume-attached` for one that
 * another executor has joined without `persistent`.
 */
const assertFree = (found: ElementRecord | undefined, id: ElementId): ElementRecord => {
  const element = assertReady(found, id);
  if (element.heldBy !== undefined) {
    const detail = `${formatId(id)} is joined to ${element.heldBy} without \`persistent\`, and is deleted when it leaves: join another, or create one`;
    throw new TaskportError('volume-attached', detail, { executorId: element.heldBy });
  }
  return element;
};

/** Merges the specification of a joined task from its own and the overrides of the request. */
export type Merge = (
  of: Pick<ElementRecord, 'spec'>,
  said: Record<string, unknown>,
  path: string,
) => TaskSpec;

/** Loads the schema with the first task that joins, since most first calls of a function do not need it. */
export const loadMerge = async (): Promise<Merge> => {
  const { taskSpec } = await import('../element/spec-schemas.ts');
  return ({ spec = {} }, said, path) => validate(taskSpec, mergeSpec(spec, said), path);
};

/** The parts of a join of a task. */
interface TaskToJoin {
  readonly id: string;
  readonly kind: MemberKind;
  readonly revision: number;
  readonly reference: string;
  readonly merged: TaskSpec;
  /** The place of the member in the request. */
  readonly path: string;
  readonly overrides?: Record<string, unknown> | undefined;
  readonly storage?: { readonly id: string; readonly mount: Mount } | undefined;
}

const toTask = (
  { attempts, attemptFloor, ...composition }: Composition,
  { id, kind, revision, reference, merged, path, overrides, storage }: TaskToJoin,
): Member => {
  const ephemeral = boundTasks(composition).length > 0;
  if (ephemeral && (merged.restart?.mode ?? 'never') !== 'never') {
    const message = 'must be `never` for a task that joins while another is bound: it leaves when it stops';
    throw invalidRequest({ path: `${path}.restart.mode`, message });
  }
  return {
    id,
    kind,
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
  { id: asked, mount, overrides, at }: ElementJoin,
  location: Location,
  { element: found, reference, along }: Joining,
  merge: Merge,
): Member[] => {
  const { kind } = asked;
  const element = assertFree(found, asked);
  const { id, revision } = element.attributes;
  const { joins, keepsWrites } = rules[kind];
  if (joins === 'run') {
    const path = fieldUnder(at, 'overrides');
    const merged = merge(element, overrides ?? {}, path);
    return [toTask(composition, { id, kind, revision, reference, merged, path, overrides })];
  }
  if (!mount) {
    const plain = { id, kind, bound: false, reference };
    return [kind === 'log' ? { ...plain, log: (element.spec ?? {}) as LogSpec } : plain];
  }
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
    const path = fieldUnder(at, 'overrides');
    return toTask(composition, {
      ...task.attributes,
      kind: task.attributes.kind as MemberKind,
      reference: joining.reference,
      merged: merge(task, {}, path),
      path,
      storage: { id, mount },
    });
  });
  return [storage, ...tasks];
};

/** The mount of storage that is a member already, or joins in the same step. */
const mountOf = (id: string, { members }: Composition, asked: readonly Asked[]): Mount => {
  const joining = asked.map(({ request }) => request).find((request) => formatId(request.id) === id);
  const mount =
    members.find((member) => member.id === id)?.mount ??
    (joining && 'mount' in joining ? joining.mount : undefined);
  if (!mount) throw notJoined(id);
  return mount;
};

const toInline = (
  composition: Composition,
  { id, at, spec, storageId }: InlineJoin,
  reference: string,
  asked: readonly Asked[],
  merge: Merge,
): Member => {
  const path = fieldUnder(at, 'task.spec');
  return toTask(composition, {
    id: formatId(id),
    kind: id.kind,
    revision: 1,
    reference,
    merged: merge({}, spec, path),
    path,
    storage:
      storageId === undefined ? undefined : { id: storageId, mount: mountOf(storageId, composition, asked) },
  });
};

const assertNotJoined = ({ members }: Composition, id: string): void => {
  if (members.some((member) => member.id === id)) {
    throw new TaskportError(
      'already-joined',
      `${id} is joined already: leave it out, or let it leave first to join it otherwise`,
      { id },
    );
  }
};

/** Throws if the element is a member already, or if it is storage and a task is bound. */
const assertMayJoin = (composition: Composition, request: JoinRequest): void => {
  assertNotJoined(composition, formatId(request.id));
  if ('mount' in request && boundTasks(composition).length > 0) {
    const detail = 'storage cannot join while a task is bound: unbind the tasks first';
    throw new TaskportError('invalid-state', detail, { state: 'bound' });
  }
};

/** Throws if a new member is a member already, has the mount path of another, or exceeds the number of members. */
const assertFits = (composition: Composition, added: readonly Member[]): void => {
  const { members } = composition;
  for (const { id } of added) assertNotJoined(composition, id);
  const [first] = added;
  const path = first?.mount?.path;
  const occupant = members.filter(isStorage).find(({ mount }) => mount.path === path);
  if (occupant) {
    throw new TaskportError(
      'mount-conflict',
      `${occupant.id} is mounted at ${path} already: take another \`mount.path\`, or let that leave first`,
      { path },
    );
  }
  if (members.length + added.length > MAX_MEMBERS) {
    const detail = `the composition has ${members.length} members, and may have ${MAX_MEMBERS}: let others leave first, or take another executor`;
    throw new TaskportError('invalid-state', detail, { state: 'full' });
  }
};

/**
 * The members of a composition with the new ones, in the order of the request. `joining` are the elements among
 * the new ones, in that order. Throws the reason why one cannot join, and `permission-denied` if the location of
 * the executor does not allow what a member needs.
 */
export const withJoined = (
  former: Composition,
  asked: readonly Asked[],
  joining: readonly Joining[],
  merge: Merge,
  executors: Location,
): readonly Member[] => {
  const elements = joining.values();
  const storage: Asking['storage'][number][] = [];
  let composition = former;
  for (const { request, location, reference } of asked) {
    assertMayJoin(composition, request);
    const added =
      'spec' in request
        ? [toInline(composition, request, reference, asked, merge)]
        : toMembers(composition, request, location, elements.next().value as Joining, merge);
    assertFits(composition, added);
    composition = { ...composition, members: [...composition.members, ...added] };
    storage.push(...added.filter(isStorage).map(({ id }) => withExport(id, location)));
  }
  const added = composition.members.slice(former.members.length);
  assertAllowed(executors, {
    tasks: added.filter(isTask).map(({ id, task }) => ({ id, spec: task.spec })),
    logs: added.flatMap(({ id, log }) => (log ? [{ id, spec: log }] : [])),
    storage,
  });
  return composition.members;
};
