import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { pluralOf, rules, storageKinds } from '../kind/index.ts';
import type { Caller, Principal } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type Association, type ElementRecord, nextRevision } from './element.ts';
import { type ElementId, formatId } from './id.ts';
import { assertReady, locate, notFound } from './located.ts';
import { type PageJson, readable } from './page.ts';
import { readElement } from './read-element.ts';

/** The most tasks associated with one storage element: a join reads all of them at once, up to 4 MB. */
const MAX_ASSOCIATIONS = 10;

type Dependencies = Pick<ElementDependencies, 'known' | 'elements' | 'now'>;

/** A storage element and a task, as a request path names them. */
export interface StorageAndTask {
  readonly storage: ElementId;
  readonly task: ElementId;
}

const assertStorage = ({ kind }: ElementId): void => {
  const { joins, called } = rules[kind];
  if (joins !== 'mounted') {
    const message = `is ${called}: tasks are associated with ${pluralOf(storageKinds)}, and join executors`;
    throw invalidRequest({ path: 'path', message });
  }
};

const withTasks = (
  { now }: Dependencies,
  former: ElementRecord,
  tasks: readonly Association[],
  caller: Caller,
): ElementRecord => ({
  ...former,
  attributes: nextRevision(former.attributes, new Date(now()).toISOString(), caller),
  tasks,
});

/**
 * Associates a task with an image or a volume: the task comes along when the storage joins. A repeat changes
 * nothing. Throws `not-found`, `invalid-location`, `invalid-state` if either is not ready or the storage has ten
 * tasks.
 */
export const associateTask = async (
  deps: Dependencies,
  caller: Caller,
  { storage, task }: StorageAndTask,
): Promise<ElementRecord> => {
  assertStorage(storage);
  const location = await locate(deps.known, caller.principal, storage, 'write');
  await locate(deps.known, caller.principal, task, 'read');
  const associating = { storageId: formatId(storage), taskId: formatId(task), location, caller };
  return untilUncontended(async () => {
    let result: ElementRecord | undefined;
    await deps.elements.associate(associating, (foundStorage, foundTask, association) => {
      const former = assertReady(foundStorage, storage);
      assertReady(foundTask, task);
      const { tasks = [] } = former;
      result = former;
      if (tasks.some(({ id }) => id === association.id)) return undefined;
      if (tasks.length >= MAX_ASSOCIATIONS) {
        const detail = `${formatId(storage)} has ${MAX_ASSOCIATIONS} tasks already: dissociate one of them first`;
        throw new TaskportError('invalid-state', detail, { state: 'full' });
      }
      result = withTasks(deps, former, [...tasks, association], caller);
      return result;
    });
    return result as unknown as ElementRecord;
  });
};

/**
 * Ends an association; compositions in which the task has come along keep it. Throws `not-found`,
 * `invalid-location`.
 */
export const dissociateTask = async (
  deps: Dependencies,
  caller: Caller,
  { storage, task }: StorageAndTask,
): Promise<void> => {
  assertStorage(storage);
  const location = await locate(deps.known, caller.principal, storage, 'write');
  await untilUncontended(async () => {
    const former = await deps.elements.get(formatId(storage));
    if (!former) throw notFound(storage);
    const { tasks = [] } = former;
    const released = tasks.filter(({ id }) => id === formatId(task));
    if (released.length === 0) {
      const detail = `${formatId(task)} is not associated with ${formatId(storage)}: list the tasks that are`;
      throw new TaskportError('not-found', detail, { id: formatId(task) });
    }
    const record = withTasks(
      deps,
      former,
      tasks.filter((association) => !released.includes(association)),
      caller,
    );
    await deps.elements.replace({ record, former, location, caller, released });
  });
};

/**
 * An element without those of its associated tasks that the principal may not read; the list of tasks counts
 * these.
 */
export const withReadableTasks = async (
  known: ElementDependencies['known'],
  principal: Principal,
  record: ElementRecord,
): Promise<ElementRecord> => {
  if (record.tasks === undefined) return record;
  const { items } = await readable(known, principal, record.tasks, ({ id }) => id);
  const { tasks: _, ...others } = record;
  return items.length === 0 ? others : { ...others, tasks: items };
};

/**
 * The tasks that are associated with an image or a volume, in the order of their associations. Throws
 * `not-found`.
 */
export const listTasks = async (
  deps: Pick<ElementDependencies, 'known' | 'elements' | 'tags'>,
  principal: Principal,
  storage: ElementId,
): Promise<PageJson<{ readonly id: string }>> => {
  assertStorage(storage);
  const { tasks = [] } = await readElement(deps, principal, storage);
  const { items, hidden } = await readable(deps.known, principal, tasks, ({ id }) => id);
  return defined({ items: items.map(({ id }) => ({ id })), hidden: hidden > 0 ? hidden : undefined });
};
