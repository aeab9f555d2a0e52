import { defined } from '../../../defined.ts';
import { isSaved } from '../../../element/attachment.ts';
import type { ElementRecord } from '../../../element/element.ts';
import type {
  Associating,
  ElementStore,
  Insertion,
  ReferredElement,
} from '../../../element/element-store.ts';
import type { Reference } from '../../../element/shown-element.ts';
import { toAttachment } from '../attachment-row.ts';
import { toRecord } from '../element-item.ts';
import { commit } from '../engine/clause.ts';
import type { Item } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { attachmentKey, elementKey } from '../keys.ts';
import { referring } from './announced-references.ts';
import { insertTogether, tooLargeRecord } from './insertion.ts';
import { replacementClauses } from './replacement.ts';

/** The element, with the attachment that writes to it. */
const written = ({ record }: ReferredElement, row: Item | undefined): ElementRecord | undefined => {
  const attachment = toAttachment(row);
  return record && isSaved(attachment) ? { ...record, attachment } : record;
};

/** Adds an element that refers to others, once to each. Takes three round trips, or one if there are none. */
export const insertReferring = async (
  table: Table,
  references: readonly Reference[],
  referrer: string,
  derive: (found: readonly ReferredElement[]) => ElementRecord,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> => {
  const kinds = new Map(references.map(({ id, kind }) => [id, kind]));
  if (kinds.size === 0) {
    const record = derive([]);
    await insertTogether(table, { ...insertion, record });
    return record;
  }
  return referring(table, { id: referrer, kind: 'child' }, async (refer) => {
    const ids = [...kinds.keys()];
    const volumes = ids.filter((id) => id.startsWith('volume:'));
    const { referred: found, rows } = await refer(ids, {
      beside: volumes.map(attachmentKey),
      kindOf: (id) => kinds.get(id) ?? 'child',
    });
    const referred = found.map((one) => ({ ...one, record: written(one, rows[volumes.indexOf(one.id)]) }));
    const record = derive(referred);
    await insertTogether(
      table,
      { ...insertion, record },
      referred.map(({ hold }) => hold),
    );
    return record;
  });
};

/** Adds an element under a parent. Three round trips. */
export const insertUnder = (
  table: Table,
  parentId: string,
  referrer: string,
  derive: (parent: ElementRecord | undefined) => ElementRecord,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> => {
  const under = ([parent]: readonly ReferredElement[]) => ({
    ...derive(parent?.record),
    ...defined({ parentReference: parent?.reference }),
  });
  return insertReferring(table, [{ id: parentId, kind: 'child' }], referrer, under, insertion);
};

/**
 * Makes storage refer to a task. The reference is in the record of the storage, and the delete of the storage
 * removes it. Three round trips.
 */
export const associate = (
  table: Table,
  { storageId, taskId, location, caller }: Associating,
  derive: Parameters<ElementStore['associate']>[1],
): Promise<void> =>
  referring(table, { id: storageId, kind: 'association' }, async (refer) => {
    const { referred, rows, withdraw } = await refer([taskId], { beside: [elementKey(storageId)] });
    const [task] = referred;
    if (!task) throw new Error('unreachable: one element was asked for');
    const former = toRecord(rows[0]);
    const record = derive(former, task.record, { id: taskId, reference: task.reference });
    if (!record || !former) return withdraw();
    const clauses = replacementClauses({ record, former, location, caller }, []);
    await commit(table, [...clauses, task.hold], tooLargeRecord(record));
  });
