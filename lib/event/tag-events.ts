import { defined } from '../defined.ts';
import type { Tag } from '../element/registry/tag.ts';
import type { Change, Image } from './change.ts';
import { detailOf, versionOf } from './element-events.ts';
import { defineEvent } from './entry.ts';

/** The tag in an image, if it has one. */
const tagIn = (image: Image | undefined): Tag | undefined =>
  image?.row === 'tag' ? image.attributes : undefined;

const ofImage = (change: Change, id: string, tag: Tag, verb: string) => ({
  ...detailOf(change, { ...tag, id, kind: 'image' }, verb),
  tag: { id: tag.tag, ...versionOf(tag) },
});

export const untagged = defineEvent({
  verb: 'Untagged',
  version: 1,
  subjects: ['image'],
  meaning: 'A tag no longer names the image.',
  detail: 'untagged',
  of: (change) => {
    const { before, after } = change;
    const former = tagIn(before);
    const present = tagIn(after);
    const changed = after?.row === 'gone-tag' ? after.attributes : present;
    if (!former || !changed || former.id === present?.id) return [];
    return [{ ...ofImage(change, former.id, changed, 'untagged'), ...defined({ movedTo: present?.id }) }];
  },
});

export const tagged = defineEvent({
  verb: 'Tagged',
  version: 1,
  subjects: ['image'],
  meaning: 'A tag names the image.',
  detail: 'tagged',
  of: (change) => {
    const former = tagIn(change.before);
    const present = tagIn(change.after);
    if (!present || former?.id === present.id) return [];
    return [{ ...ofImage(change, present.id, present, 'tagged'), ...defined({ previous: former?.id }) }];
  },
});
