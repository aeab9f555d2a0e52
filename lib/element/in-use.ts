import { defined } from '../defined.ts';
import { TaskportError } from '../errors.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { inUseDetail } from './in-use-detail.ts';
import { readable } from './page.ts';
import { ReferredError } from './referred-error.ts';
import { referencesCursor } from './relatives.ts';
import type { Reference } from './shown-element.ts';

/** How many references a refusal lists. */
export const MAX_LISTED = 100;

/**
 * The `in-use` [references, hidden, cursor] of an element. It lists the references that the caller may read, in
 * the order of their IDs, as the list of references does. It counts the others, and says what to do.
 */
export const inUse = async (
  known: LocationCache,
  principal: Principal,
  id: string,
  references: readonly Reference[],
): Promise<TaskportError> => {
  const listed = references.slice(0, MAX_LISTED);
  const { items, hidden } = await readable(known, principal, listed, (reference) => reference.id);
  const last = references.length > MAX_LISTED ? listed.at(-1) : undefined;
  return new TaskportError('in-use', inUseDetail(id, items, hidden), {
    references: items,
    hidden,
    ...defined({ cursor: last && referencesCursor(id, last.id) }),
  });
};

/** Runs `act`, and turns a `ReferredError` of the store into the `in-use` of that element. */
export const tellingReferences = async <T>(
  known: LocationCache,
  principal: Principal,
  act: () => Promise<T>,
): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw error instanceof ReferredError ? await inUse(known, principal, error.id, error.references) : error;
  }
};
