import { defined } from '../defined.ts';
import type { Caller } from '../principal.ts';
import type { Expected } from '../version.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementId, formatId } from './id.ts';
import { inUse } from './in-use.ts';
import { locate } from './located.ts';

/** Deletes an element and all that belongs to it. Throws `not-found`, `invalid-location`, `in-use` [references, hidden]. */
export const deleteElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements'>,
  caller: Caller,
  id: ElementId,
  ifMatch?: readonly Expected[],
): Promise<void> => {
  const location = await locate(deps.known, caller.principal, id, 'delete');
  const references = await deps.elements.remove(defined({ id: formatId(id), location, caller, ifMatch }));
  if (references.length > 0) throw await inUse(deps.known, caller.principal, formatId(id), references);
};
