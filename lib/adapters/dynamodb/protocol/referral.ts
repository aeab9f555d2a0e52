import type { ElementRecord } from '../../../element/element.ts';
import type { Associating, ElementStore, Insertion } from '../../../element/element-store.ts';
import { toRecord } from '../element-item.ts';
import { commit } from '../engine/clause.ts';
import type { Table } from '../engine/table.ts';
import { elementKey } from '../keys.ts';
import { referring } from './announced-references.ts';
import { insertTogether, tooLargeRecord } from './insertion.ts';
import { replacementClauses } from './replacement.ts';

/** Adds an element under a parent. Three round trips. */
export const insertUnder = (
  table: Table,
  parentId: string,
  referrer: string,
  derive: (parent: ElementRecord | undefined) => ElementRecord,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> =>
  referring(table, { id: referrer, kind: 'child' }, async (refer) => {
    const [parent] = (await refer([parentId])).referred;
    if (!parent) throw new Error('unreachable: one element was asked for');
    const record = { ...derive(parent.record), parentReference: parent.reference };
    await insertTogether(table, { ...insertion, record }, [parent.hold]);
    return record;
  });

/** Has storage refer to a task, in its own record, whose deleter takes the reference away. Three round trips. */
export const associate = (
  table: Table,
  { storageId, taskId, location, caller }: Associating,
  derive: Parameters<ElementStore['associate']>[1],
): Promise<void> =>
  referring(table, { id: storageId, kind: 'association' }, async (refer) => {
    const { referred, rows, withdraw } = await refer([taskId], [elementKey(storageId)]);
    const [task] = referred;
    if (!task) throw new Error('unreachable: one element was asked for');
    const former = toRecord(rows[0]);
    const record = derive(former, task.record, { id: taskId, reference: task.reference });
    if (!record || !former) return withdraw();
    const clauses = replacementClauses({ record, former, location, caller }, []);
    await commit(table, [...clauses, task.hold], tooLargeRecord(record));
  });
