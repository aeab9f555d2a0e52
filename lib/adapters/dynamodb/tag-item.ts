import type { Tag, TagRecord } from '../../element/registry/tag.ts';
import type { Caller } from '../../principal.ts';
import type { Expression, Item, Write } from './engine/expression.ts';
import { tagKey, tagPartition } from './keys.ts';
import { isUntagged } from './protocol/no-tag.ts';
import { expiring, GONE_SECONDS } from './time-to-live.ts';

/** The sort key of a tag in its location: a space sorts before every character of a name. */
export const placeOf = ({ repository, name }: Pick<Tag, 'repository' | 'name'>): string =>
  `${repository} ${name}`;

export const toTagItem = ({ attributes, life, reference }: TagRecord): Item => ({
  ...tagKey(attributes.tag),
  row: 'tag',
  listKey: tagPartition(attributes.location, attributes.repository),
  name: placeOf(attributes),
  attributes,
  life,
  reference,
});

/** The tag in a row; undefined if there is no row, or the tag was removed. */
export const toTag = (item: Item | undefined): TagRecord | undefined =>
  item?.reference === undefined
    ? undefined
    : {
        attributes: item.attributes as Tag,
        life: item.life as string,
        reference: item.reference as string,
      };

/** Holds while a tag is as it was read; if there was none, while there still is none. Each change gives it another reference. */
export const tagAsRead = (tag: Pick<TagRecord, 'reference'> | undefined): Expression =>
  tag === undefined
    ? isUntagged
    : {
        expression: '#reference = :reference',
        names: { '#reference': 'reference' },
        values: { ':reference': tag.reference },
      };

/** Removes a tag with this reference: its name becomes free, it leaves all lists, and the change names the caller. */
export const untag = (id: string, reference: string, { principal }: Caller): Write => ({
  update: tagKey(id),
  set: {
    expression:
      'SET #row = :gone, #attributes.#revision = #attributes.#revision + :one, #attributes.#at = :at, #attributes.#by = :by, expiresAt = :expires REMOVE listKey, #name, #life, #reference',
    names: {
      '#row': 'row',
      '#attributes': 'attributes',
      '#revision': 'revision',
      '#at': 'modifiedAt',
      '#by': 'modifiedBy',
      '#name': 'name',
      '#life': 'life',
    },
    values: {
      ':gone': 'gone-tag',
      ':one': 1,
      ':at': new Date().toISOString(),
      ':by': principal,
      ':expires': expiring(GONE_SECONDS).expiresAt,
    },
  },
  condition: tagAsRead({ reference }),
});
