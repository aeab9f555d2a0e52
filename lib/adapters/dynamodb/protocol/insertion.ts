import type { ElementRecord } from '../../../element/element.ts';
import type { Insertion } from '../../../element/element-store.ts';
import { tooLarge } from '../../../element/metadata.ts';
import { TaskportError } from '../../../errors.ts';
import type { Location } from '../../../location/location.ts';
import { unstage } from '../blob-row.ts';
import { isFree, isFreeFor, toItem } from '../element-item.ts';
import { type Clause, commit } from '../engine/clause.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { insufficientSpace, takeSpace } from '../space-row.ts';

/** Takes space of the location, where that is counted. */
export const reserve = (location: Location, kib: number): Clause[] =>
  takeSpace(location, kib).map((write) => ({
    write,
    problem: (row) => insufficientSpace(location.name, row),
  }));

/** The problem of an element that is larger than an item may be. */
export const tooLargeRecord = ({ ro, rw, spec = {} }: ElementRecord): TaskportError =>
  tooLarge({ ro, rw, spec });

/** The clauses that add an element: its key used up, its name free, its blob claimed, its space taken. */
export const insertionClauses = ({ record, location, caller, idempotency }: Insertion): Clause[] => {
  const { id, capacity } = record.attributes;
  const collision = (): Error => new TaskportError('name-collision', `${id} is there already`, { id });
  return [
    ...keyClauses(idempotency, id),
    { write: { put: toItem(record, location, caller.requestId), condition: isFree }, problem: collision },
    ...(record.blob === undefined ? [] : [unstage(record.blob)]),
    ...reserve(location, capacity ?? 0),
  ];
};

/** Adds an element that refers to nothing: one write where its row is all there is, else one transaction. */
export const insertElement = async (table: Table, insertion: Insertion): Promise<void> => {
  const { record, location, caller } = insertion;
  const clauses = insertionClauses(insertion);
  if (clauses.length > 1) return commit(table, clauses, tooLargeRecord(record));
  const item = toItem(record, location, caller.requestId);
  const written = await table.put(item, isFreeFor(record), tooLargeRecord(record));
  if (written.ok) return;
  // What stands in the way may be this very element, whose answer got lost, whatever others made of it since.
  const { incarnation, formerIncarnation } = written.item ?? {};
  if (incarnation !== record.incarnation && formerIncarnation !== record.incarnation) {
    throw new TaskportError('name-collision', `${record.attributes.id} is there already`, {
      id: record.attributes.id,
    });
  }
};
