import { TaskportError } from '../../errors.ts';
import { type ElementId, formatId, parseId } from '../id.ts';
import { formatTag, tagMeant } from './tag.ts';
import type { TagStore } from './tag-store.ts';

/** How often a tag is asked for that moves while it is followed. */
const MAX_LOOKS = 5;

/** Whether an error says that there is no such element. */
const isMissing = (error: unknown, id: string): boolean =>
  error instanceof TaskportError &&
  ((error.code === 'not-found' && error.members.id === id) ||
    (error.code === 'unknown-parent' && error.members.parentId === id));

/**
 * Does what is to be done with an element, or where there is none of this ID, with the one that the tag of this name names: the
 * tag is asked for only then. Throws what `act` throws of the ID that was given where neither is there.
 */
export const throughTag = async <T>(
  tags: Pick<TagStore, 'get'>,
  id: ElementId,
  act: (id: ElementId) => Promise<T>,
): Promise<T> => {
  let first: unknown;
  let present = id;
  for (let looks = 0; ; looks += 1) {
    try {
      return await act(present);
    } catch (error) {
      if (!isMissing(error, formatId(present))) throw error;
      first ??= error;
    }
    const meant = tagMeant(id);
    const tag = meant && looks < MAX_LOOKS ? await tags.get(formatTag(meant)) : undefined;
    if (!tag) throw first;
    present = parseId(tag.attributes.id, 'id');
  }
};
