import type { Principal } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import { type ElementId, formatId } from './id.ts';
import { locate, notFound } from './located.ts';

/** Reads an element. Throws `unknown-location`, `permission-denied`, `not-found`. */
export const readElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements'>,
  principal: Principal,
  id: ElementId,
): Promise<ElementRecord> => {
  await locate(deps.known, principal, id, 'read');
  const record = await deps.elements.get(formatId(id));
  if (!record) throw notFound(id);
  return record;
};
