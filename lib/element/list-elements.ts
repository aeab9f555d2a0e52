import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import type { Principal } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import { parseFilter } from './filter.ts';
import { ELEMENT_NAME, type ElementId } from './id.ts';
import { locate } from './located.ts';
import type { PageJson } from './page.ts';
import { type ElementJson, presentItem } from './representation.ts';

interface ListRequest {
  readonly of: Pick<ElementId, 'kind' | 'location'>;
  /** Terms such as `ro.os=linux` and `name^=alpine`. */
  readonly filter: readonly string[];
  readonly limit: number;
  readonly cursor?: string;
}

/** A page of a location's elements in name order. Throws `unknown-location`, `invalid-filterspec`, `invalid-request`. */
export const listElements = async (
  deps: Pick<ElementDependencies, 'known' | 'elements'>,
  principal: Principal,
  { of, filter, limit, cursor }: ListRequest,
): Promise<PageJson<ElementJson>> => {
  const location = await locate(deps.known, principal, of, 'read');
  const terms = parseFilter(filter, location);
  const query = ['elements', location.name, location.createdAt, terms];
  const after = decodeCursor(
    query,
    cursor,
    (place) => ELEMENT_NAME.test(place) && place.startsWith(terms.namePrefix ?? ''),
  );
  const page = await deps.elements.list({ location, ...terms, limit, ...defined({ after }) });
  return defined({
    items: page.items.map(presentItem),
    cursor: page.next === undefined ? undefined : encodeCursor(query, page.next),
  });
};
