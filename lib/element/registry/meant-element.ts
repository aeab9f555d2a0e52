import { TaskportError } from '../../errors.ts';
import { type ElementId, formatId, parseId } from '../id.ts';
import { formatTag, tagMeant, tagNamed } from './tag.ts';
import type { TagStore } from './tag-store.ts';

/** How often a tag is asked for that moves while it is followed. */
const MAX_LOOKS = 5;

/** Whether an error says that there is no such element. */
const isMissing = (error: unknown, id: string): boolean =>
  error instanceof TaskportError &&
  ((error.code === 'not-found' && error.members.id === id) ||
    (error.code === 'unknown-parent' && error.members.parentId === id));

/**
 * Does what is to be done with elements, or where there is none of an ID, with the one that the tag of this name names: tags are
 * asked for only then, and those of all IDs at once that are a tag's where they are no element's. Throws what `act` throws of the ID
 * that was given where neither is there.
 */
export const throughTags = async <T>(
  tags: Pick<TagStore, 'get'>,
  ids: readonly ElementId[],
  act: (ids: readonly ElementId[]) => Promise<T>,
): Promise<T> => {
  const first = new Map<number, unknown>();
  const looks = new Map<number, number>();
  let present = ids;
  for (;;) {
    let missing: number;
    try {
      return await act(present);
    } catch (error) {
      missing = present.findIndex((id) => isMissing(error, formatId(id)));
      if (missing < 0) throw error;
      if (!first.has(missing)) first.set(missing, error);
    }
    const looked = looks.get(missing) ?? 0;
    looks.set(missing, looked + 1);
    const named = await Promise.all(
      ids.map((id, at) => {
        const meant = at === missing ? tagMeant(id) : present[at] === id ? tagNamed(id) : undefined;
        return meant && looked < MAX_LOOKS ? tags.get(formatTag(meant)) : undefined;
      }),
    );
    if (!named[missing]) throw first.get(missing);
    present = present.map((id, at) => {
      const tag = named[at];
      return tag ? parseId(tag.attributes.id, 'id') : id;
    });
  }
};

/** The same, of one element. */
export const throughTag = <T>(
  tags: Pick<TagStore, 'get'>,
  id: ElementId,
  act: (id: ElementId) => Promise<T>,
): Promise<T> => throughTags(tags, [id], ([meant = id]) => act(meant));
