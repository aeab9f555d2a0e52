import { decodeCursor, encodeCursor } from '../../cursor.ts';
import { defined } from '../../defined.ts';
import type { Principal } from '../../principal.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { ELEMENT_NAME } from '../id.ts';
import { locate } from '../located.ts';
import type { PageJson } from '../page.ts';
import { imagesOf, noTag } from './remove-tag.ts';
import { REPOSITORY, TAG } from './repository.ts';
import { formatTag, type Tag, type TagName, type TagRecord } from './tag.ts';

type Dependencies = Pick<ElementDependencies, 'known' | 'tags'>;

/** Reads a tag. Throws `not-found`, and every problem of the location. */
export const readTag = async (
  { known, tags }: Dependencies,
  principal: Principal,
  name: TagName,
): Promise<TagRecord> => {
  await locate(known, principal, imagesOf(name.location), 'read');
  const record = await tags.get(formatTag(name));
  if (!record) throw noTag(formatTag(name));
  return record;
};

/** A page of the tags of a location, or of one repository there. Throws `invalid-request`, and every problem of the location. */
export const listTags = async (
  { known, tags }: Dependencies,
  principal: Principal,
  { location, repository }: Pick<TagName, 'location'> & Partial<Pick<TagName, 'repository'>>,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<PageJson<Tag>> => {
  const { createdAt } = await locate(known, principal, imagesOf(location), 'read');
  const query = ['tags', location, createdAt, repository];
  const isPlace = (place: string): boolean => {
    if (repository !== undefined) return TAG.test(place);
    const [of = '', name = ''] = place.split(' ');
    return REPOSITORY.test(of) && TAG.test(name) && ELEMENT_NAME.test(`${of}:${name}`);
  };
  const after = decodeCursor(query, cursor, isPlace);
  const page = await tags.list(location, repository, defined({ limit, after }));
  return defined({
    items: page.items,
    cursor: page.next === undefined ? undefined : encodeCursor(query, page.next),
  });
};
