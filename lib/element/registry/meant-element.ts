import { isProblem } from '../../errors.ts';
import { type ElementId, formatId, parseId } from '../id.ts';
import { formatTag, tagMeant, tagNamed } from './tag.ts';
import type { TagStore } from './tag-store.ts';

/** The number of tries if a tag moves while it is followed. */
const MAX_LOOKS = 5;

/** Whether an error says that no element has the ID. */
const isMissing = (error: unknown, id: string): boolean =>
  (isProblem(error, 'not-found') && error.members.id === id) ||
  (isProblem(error, 'unknown-parent') && error.members.parentId === id);

/**
 * Runs `act` with elements. If an ID is no element's, it follows the tag of this name. It reads tags only in
 * that case, and all of them at once. If neither exists, it throws the error of `act` for the given ID.
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

/** As `throughTags`, for one element. */
export const throughTag = <T>(
  tags: Pick<TagStore, 'get'>,
  id: ElementId,
  act: (id: ElementId) => Promise<T>,
): Promise<T> => throughTags(tags, [id], ([meant = id]) => act(meant));
