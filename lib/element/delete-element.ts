import { defined } from '../defined.ts';
import { isProblem } from '../errors.ts';
import { rules } from '../kind/index.ts';
import type { Caller } from '../principal.ts';
import type { Expected } from '../version.ts';
import { assertUnattached } from './attachment.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementId, formatId } from './id.ts';
import { inUse } from './in-use.ts';
import { locate } from './located.ts';
import { removeTag } from './registry/remove-tag.ts';
import { tagNamed } from './registry/tag.ts';

const isNotFound = (error: unknown): boolean => isProblem(error, 'not-found');

/**
 * Deletes an element and all that belongs to it, including its tags; or a tag, if no element has the ID. Throws
 * `not-found`, `invalid-location`, `volume-attached`, `in-use` [references, hidden].
 */
export const deleteElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements' | 'tags'>,
  caller: Caller,
  id: ElementId,
  ifMatch?: readonly Expected[],
): Promise<void> => {
  const location = await locate(deps.known, caller.principal, id, 'delete');
  const removal = defined({ id: formatId(id), location, caller, ifMatch });
  const tag = tagNamed(id);
  const references = await deps.elements.remove(removal).catch(async (error: unknown) => {
    if (!tag || !isNotFound(error)) throw error;
    await removeTag(deps, caller, tag, ifMatch).catch((ofTag: unknown) => {
      throw isNotFound(ofTag) ? error : ofTag;
    });
    return [];
  });
  if (references.length === 0) return;
  if (rules[id.kind].keepsWrites) await assertUnattached(deps, caller.principal, formatId(id));
  throw await inUse(deps.known, caller.principal, formatId(id), references);
};
