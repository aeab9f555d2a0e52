import { TaskportError } from '../errors.ts';
import type { Caller } from '../principal.ts';
import type { Expected } from '../version.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementId, formatId } from './id.ts';
import { locate } from './located.ts';
import { readable } from './page.ts';
import { referencesCursor } from './relatives.ts';

/** How many references a refused delete lists. */
const MAX_LISTED = 100;

/** Deletes an element and all that belongs to it. Throws `not-found`, `invalid-location`, `in-use` [references, hidden]. */
export const deleteElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements'>,
  caller: Caller,
  id: ElementId,
  ifMatch?: readonly Expected[],
): Promise<void> => {
  const location = await locate(deps.known, caller.principal, id, 'delete');
  const references = await deps.elements.remove({
    id: formatId(id),
    location,
    caller,
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
  if (references.length === 0) return;
  const listed = references.slice(0, MAX_LISTED);
  const { items, hidden } = await readable(deps.known, caller.principal, listed, (reference) => reference.id);
  const last = references.length > MAX_LISTED ? listed.at(-1) : undefined;
  throw new TaskportError('in-use', `${formatId(id)} is referred to by others`, {
    references: items,
    hidden,
    ...(last ? { cursor: referencesCursor(formatId(id), last.id) } : {}),
  });
};
