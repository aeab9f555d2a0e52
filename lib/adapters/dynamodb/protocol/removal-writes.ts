import type { ElementRecord } from '../../../element/element.ts';
import type { Location } from '../../../location/location.ts';
import type { Caller } from '../../../principal.ts';
import { blobsOf, doom } from '../blob-row.ts';
import { digestWrites } from '../digest-row.ts';
import { asRead } from '../element-conditions.ts';
import { toGoneItem } from '../element-item.ts';
import type { Write } from '../engine/expression.ts';
import { edgeKey } from '../keys.ts';
import { release } from './edges.ts';
import { giveBack } from './space.ts';

/** The writes that delete an element behind its guard, with all that belongs to it. */
export const removalWrites = (
  record: ElementRecord,
  location: Location | undefined,
  caller: Caller,
): Write[] => {
  const { id, parentId, capacity } = record.attributes;
  const { parentReference, tasks = [], layers = [], oci } = record;
  const parts = [...tasks, ...layers, ...(oci?.manifests ?? [])];
  // An image refers once to a layer that it has twice.
  const edges = new Map(parts.map((part) => [`${part.id}#${part.reference}`, part]));
  return [
    { put: toGoneItem(record, caller), condition: asRead(record) },
    ...(parentId !== undefined && parentReference !== undefined
      ? [{ remove: edgeKey(parentId, id, parentReference) }]
      : []),
    ...[...edges.values()].map((part) => release(part.id, id, part.reference).write),
    ...blobsOf(record).map(doom),
    ...digestWrites(record, undefined),
    ...(location ? giveBack(id, location, capacity ?? 0) : []).map(({ write }) => write),
  ];
};
