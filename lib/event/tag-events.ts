import { defined } from '../defined.ts';
import type { Tag } from '../element/registry/tag.ts';
import type { Change, Image } from './change.ts';
import { defineEvent } from './entry.ts';

/** What a tag names, where it is there. */
const present = (image: Image | undefined): Tag | undefined =>
  image?.row === 'tag' ? image.attributes : undefined;

/** The state of a tag that a change led to, where that moved it, set it or took it away. */
const moved = ({ before, after }: Change): Tag | undefined => {
  const tag = after?.row === 'tag' || after?.row === 'gone-tag' ? after.attributes : undefined;
  return tag && (present(before)?.revision !== tag.revision || present(before)?.createdAt !== tag.createdAt)
    ? tag
    : undefined;
};

const detailOf = (change: Change, id: string, tag: Tag, verb: string) => ({
  eventId: `${change.id}.${verb}`,
  schemaVersion: 1 as const,
  id,
  kind: 'image' as const,
  location: tag.location,
  at: tag.modifiedAt,
  actor: tag.modifiedBy,
  tag: { id: tag.tag, createdAt: tag.createdAt, revision: tag.revision },
});

export const untagged = defineEvent({
  verb: 'Untagged',
  version: 1,
  subjects: ['image'],
  meaning:
    'A tag does not name the image any more: it names another, or was removed, also because the image was deleted.',
  detail: 'untagged',
  of: (change) => {
    const [former, tag] = [present(change.before), moved(change)];
    if (!former || !tag) return [];
    const movedTo = present(change.after)?.id;
    if (movedTo === former.id) return [];
    return [{ ...detailOf(change, former.id, tag, 'untagged'), ...defined({ movedTo }) }];
  },
});

export const tagged = defineEvent({
  verb: 'Tagged',
  version: 1,
  subjects: ['image'],
  meaning: 'A tag names the image: a new one, or one that named another before.',
  detail: 'tagged',
  of: (change) => {
    const tag = moved(change);
    if (!tag || !present(change.after)) return [];
    const previous = present(change.before)?.id;
    return [{ ...detailOf(change, tag.id, tag, 'tagged'), ...defined({ previous }) }];
  },
});
