import type { TagRecord } from '../../../element/registry/tag.ts';
import { versionOf } from '../../../element/registry/tag.ts';
import type { DeriveTag } from '../../../element/registry/tag-store.ts';
import { TaskportError } from '../../../errors.ts';
import type { Caller } from '../../../principal.ts';
import { revisionMismatch } from '../../../version.ts';
import { isFree } from '../element-conditions.ts';
import { type Clause, commit } from '../engine/clause.ts';
import type { Item } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { elementKey, tagKey } from '../keys.ts';
import { tagAsRead, toTag, toTagItem, untag } from '../tag-item.ts';
import { referring } from './announced-references.ts';
import { release } from './edges.ts';

const moved = (id: string, row: Item | undefined): TaskportError => {
  const present = toTag(row);
  return present
    ? revisionMismatch(id, versionOf(present))
    : new TaskportError(
        'revision-mismatch',
        `the tag ${id} was removed by someone else: set it without \`If-Match\` to create it anew`,
      );
};

/** Requires that no element has the ID of a tag. */
const noElement = (id: string): Clause => ({
  write: { check: elementKey(id), condition: isFree },
  problem: () => {
    const detail = `${id} is an element: delete it, or take another name for the tag`;
    return new TaskportError('name-collision', detail, { id });
  },
});

/** Makes a tag name an image, by the protocol of edges and guards (docs/adr/0033). Three round trips. */
export const setTag = (table: Table, id: string, imageId: string, derive: DeriveTag): Promise<void> =>
  referring(table, { id, kind: 'tag' }, async (refer) => {
    const { referred, rows, withdraw } = await refer([imageId], { beside: [tagKey(id)] });
    const [image] = referred;
    if (!image) throw new Error('unreachable: one element was asked for');
    const former = toTag(rows[0]);
    const record = derive(former, image.record, image.reference);
    if (!record) return withdraw();
    await commit(table, [
      {
        write: { put: toTagItem(record), condition: tagAsRead(former) },
        problem: (row) => moved(id, row),
      },
      ...(former ? [release(former.attributes.id, id, former.reference)] : []),
      noElement(id),
      image.hold,
    ]);
  });

/** Removes a tag that is still as it was read, with its edge. */
export const removeTag = (
  table: Table,
  { attributes: { tag, id }, reference }: TagRecord,
  caller: Caller,
): Promise<void> =>
  commit(table, [
    { write: untag(tag, reference, caller), problem: (row) => moved(tag, row) },
    release(id, tag, reference),
  ]);
