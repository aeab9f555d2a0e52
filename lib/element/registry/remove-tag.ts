import { untilUncontended } from '../../contention.ts';
import { TaskportError } from '../../errors.ts';
import type { Caller } from '../../principal.ts';
import { type Expected, isExpected, revisionMismatch } from '../../version.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { locate } from '../located.ts';
import { formatTag, type TagName, versionOf } from './tag.ts';

export const imagesOf = (location: string) => ({ kind: 'image', location }) as const;

export const noTag = (id: string): TaskportError =>
  new TaskportError(
    'not-found',
    `there is no tag ${id}: list the tags of its location for those that exist`,
    { id },
  );

/** Removes a tag; its image stays. Throws `not-found`, `revision-mismatch`, and every problem of the location. */
export const removeTag = async (
  { known, tags }: Pick<ElementDependencies, 'known' | 'tags'>,
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
