import { untilUncontended } from '../../contention.ts';
import { decodeCursor, encodeCursor } from '../../cursor.ts';
import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { Caller, Principal } from '../../principal.ts';
import { type Expected, isExpected, revisionMismatch } from '../../version.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { locate } from '../located.ts';
import type { PageJson } from '../page.ts';
import { formatTag, REPOSITORY, TAG, type Tag, type TagName, type TagRecord, versionOf } from './tag.ts';

type Dependencies = Pick<ElementDependencies, 'known' | 'tags'>;

const imagesOf = (location: string) => ({ kind: 'image', location }) as const;

const noTag = (id: string): TaskportError => new TaskportError('not-found', `there is no tag ${id}`, { id });

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

/** Takes a tag away; the image that it named stays. Throws `not-found`, `revision-mismatch`, and every problem of the location. */
export const removeTag = async (
  { known, tags }: Dependencies,
  caller: Caller,
  name: TagName,
  ifMatch?: readonly Expected[],
): Promise<void> => {
  await locate(known, caller.principal, imagesOf(name.location), 'delete');
  const id = formatTag(name);
  await untilUncontended(async () => {
    const record = await tags.get(id);
    if (!record) throw noTag(id);
    const version = versionOf(record);
    if (ifMatch && !isExpected(ifMatch, version)) throw revisionMismatch(id, version);
    await tags.remove(record, caller);
  });
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
    return REPOSITORY.test(of) && TAG.test(name);
  };
  const after = decodeCursor(query, cursor, isPlace);
  const page = await tags.list(location, repository, defined({ limit, after }));
  return defined({
    items: page.items,
    cursor: page.next === undefined ? undefined : encodeCursor(query, page.next),
  });
};
