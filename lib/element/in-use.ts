import { TaskportError } from '../errors.ts';
import type { KnownLocations } from '../location/known-locations.ts';
import type { Principal } from '../principal.ts';
import type { Reference } from './element.ts';
import { readable } from './page.ts';
import { ReferredError } from './referred-error.ts';
import { referencesCursor } from './relatives.ts';

/** How many references a refusal lists. */
export const MAX_LISTED = 100;

/** What ends a reference, by its kind. */
const remedies: Readonly<Record<Reference['kind'], string>> = {
  child: 'delete its children',
  composition: 'let it leave the executors that it is joined to',
  association: 'dissociate it from its storage',
  member: 'let its members leave',
};

/**
 * The `in-use` [references, hidden, cursor] of an element: it names those of the references, in order of their ids, that the caller may
 * read, as the list of references does, counts the others, and says what to do.
 */
export const inUse = async (
  known: KnownLocations,
  principal: Principal,
  id: string,
  references: readonly Reference[],
): Promise<TaskportError> => {
  const listed = references.slice(0, MAX_LISTED);
  const { items, hidden } = await readable(known, principal, listed, (reference) => reference.id);
  const last = references.length > MAX_LISTED ? listed.at(-1) : undefined;
  const steps = [
    ...new Set(items.map(({ kind }) => remedies[kind])),
    ...(hidden > 0 ? ['ask those who may read the references that you may not see'] : []),
  ];
  return new TaskportError('in-use', `${id} is referred to by others: first ${steps.join(', ')}`, {
    references: items,
    hidden,
    ...(last ? { cursor: referencesCursor(id, last.id) } : {}),
  });
};

/** Does what a store may refuse by `ReferredError`, and throws the `in-use` of the element then. */
export const tellingReferences = async <T>(
  known: KnownLocations,
  principal: Principal,
  id: string,
  act: () => Promise<T>,
): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw error instanceof ReferredError ? await inUse(known, principal, id, error.references) : error;
  }
};
