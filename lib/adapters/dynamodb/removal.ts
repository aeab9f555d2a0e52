import type { ElementRecord, Reference } from '../../element/element.ts';
import type { Removal } from '../../element/element-store.ts';
import { TaskportError } from '../../errors.ts';
import type { Location } from '../../location/location.ts';
import type { Caller } from '../../principal.ts';
import { blobsOf, doom } from './blob-row.ts';
import { asRead, toGoneItem, toRecord } from './element-item.ts';
import { whileUnreferenced } from './exclusive.ts';
import type { Write } from './expression.ts';
import { edgeKey, elementKey } from './keys.ts';
import { takeSpace } from './space-row.ts';
import type { Table } from './table.ts';

/** The writes that take an element away once its guard stands: all that is its own goes with it. */
export const removalWrites = (
  record: ElementRecord,
  location: Pick<Location, 'name' | 'capacity'>,
  caller: Caller,
): Write[] => {
  const { id, parentId, capacity } = record.attributes;
  const { attempt } = record;
  return [
    { put: toGoneItem(record, caller), condition: asRead(record) },
    ...(parentId !== undefined && attempt !== undefined ? [{ remove: edgeKey(parentId, id, attempt) }] : []),
    ...blobsOf(record).map(doom),
    ...takeSpace(location, -(capacity ?? 0)),
  ];
};

const readTarget = async (table: Table, { id, ifMatch }: Removal): Promise<ElementRecord> => {
  const record = toRecord(await table.get(elementKey(id)));
  if (!record) throw new TaskportError('not-found', `there is no ${id}`, { id });
  const { revision } = record.attributes;
  if (ifMatch !== undefined && ifMatch !== revision) {
    throw new TaskportError('revision-mismatch', `${id} is at revision ${revision}`, { revision });
  }
  return record;
};

/** Deletes an element that nothing refers to; otherwise answers who does, and changes nothing. */
export const removeElement = (table: Table, removal: Removal): Promise<readonly Reference[]> =>
  whileUnreferenced(table, removal.id, {
    read: () => readTarget(table, removal),
    writes: (record) => removalWrites(record, removal.location, removal.caller),
  });
