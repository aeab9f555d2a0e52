import type { Principal } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import { type ElementId, formatId } from './id.ts';
import { locate, notFound } from './located.ts';
import { throughTag } from './registry/meant-element.ts';

/**
 * Reads an element; or, if no element has the ID, the image that the tag of this name names. Throws
 * `unknown-location`, `permission-denied`, `not-found`.
 */
export const readElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements' | 'tags'>,
  principal: Principal,
  id: ElementId,
): Promise<ElementRecord> => {
  await locate(deps.known, principal, id, 'read');
  return throughTag(deps.tags, id, async (meant) => {
    const record = await deps.elements.get(formatId(meant));
    if (!record) throw notFound(meant);
    return record;
  });
};
