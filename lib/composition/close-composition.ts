import * as z from 'zod/mini';
import { untilUncontended } from '../contention.ts';
import { inUse, MAX_LISTED } from '../element/in-use.ts';
import { locate } from '../element/located.ts';
import { optional } from '../facts.ts';
import { assertWritable } from '../location/access.ts';
import type { RunnerDependencies } from '../location/runners.ts';
import { advanceClosing } from './advance-closing.ts';
import { detachAll } from './attaching.ts';
import { closing as closingSchema } from './closing-schema.ts';
import { type Composition, MAX_MEMBERS, nextComposition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { executorOf, type Operation, readNamed } from './operation.ts';
import { unbindMembers } from './unbind.ts';

/** Whether the executor is deleted, and whether the writes are saved or discarded. */
export const closeQuery = z.strictObject({
  executor: optional(
    closingSchema.shape.executor,
    'Whether the service keeps or deletes the executor once the composition has no members. Default: `keep`.',
  ),
  discard: optional(
    z.enum(['true', 'false']),
    'Whether the service discards the writes to volumes instead of saving them. This includes volumes that are unbound but not saved yet. Default: `false`.',
  ),
});
export type CloseQuery = z.infer<typeof closeQuery>;

type CloseDependencies = CompositionDependencies & Pick<RunnerDependencies, 'runners'>;

/** Begins the closing of a composition. Throws `stale-handle`. */
const begin = (
  deps: CloseDependencies,
  { caller, handle }: Operation,
  { executor = 'keep', discard }: CloseQuery,
): Promise<Composition> =>
  untilUncontended(async () => {
    const former = await readNamed(deps, handle);
    const isDiscarded = discard === 'true';
    const unbound = unbindMembers(former, undefined, isDiscarded);
    if (!unbound && former.closing?.executor === executor) return former;
    const at = new Date(deps.now()).toISOString();
    const { members, ...beside } = await detachAll(
      deps,
      former,
      unbound?.change.members ?? former.members,
      unbound?.chosen ?? new Set(),
      { caller, at },
      isDiscarded,
    );
    const closing = { since: former.closing?.since ?? at, by: caller.principal, executor };
    // The handle stays valid, so that a caller that misses the answer can repeat the request.
    const composition = nextComposition(former, { members, closing }, at, caller);
    await deps.compositions.replace({ ...beside, composition, former, caller });
    return composition;
  });

/**
 * Removes all members of an executor: runners stop the tasks, writes are saved or discarded, and volumes that do
 * not persist are deleted. Then it deletes the executor if the caller says so. Answers the composition if the
 * closing has to wait, and nothing if it has finished. Throws `stale-handle`, `permission-denied`,
 * `invalid-location`, and `in-use` for an executor that is to be deleted and has children.
 */
export const closeComposition = async (
  deps: CloseDependencies,
  operation: Operation,
  query: CloseQuery,
): Promise<Composition | undefined> => {
  const { caller, handle } = operation;
  const { executorId } = handle;
  const location = await locate(deps.known, caller.principal, executorOf(handle), 'compose');
  if (query.executor === 'delete') {
    await locate(deps.known, caller.principal, executorOf(handle), 'delete');
    assertWritable(location, 'delete');
    const { items } = await deps.elements.references(executorId, MAX_MEMBERS + MAX_LISTED + 1);
    const others = items.filter(({ kind }) => kind !== 'member').slice(0, MAX_LISTED + 1);
    if (others.length > 0) throw await inUse(deps.known, caller.principal, executorId, others);
  }
  const begun = await begin(deps, operation, query);
  if ((await advanceClosing(deps, executorId, begun)) === 'closed') return undefined;
  const composition = await deps.compositions.get(executorId);
  return composition?.closing && composition.nonce === handle.nonce ? composition : undefined;
};
