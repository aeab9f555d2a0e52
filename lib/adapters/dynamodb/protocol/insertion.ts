import type { ElementRecord } from '../../../element/element.ts';
import type { Insertion } from '../../../element/element-store.ts';
import { tooLarge } from '../../../element/metadata.ts';
import { tagNamed } from '../../../element/registry/tag.ts';
import { TaskportError } from '../../../errors.ts';
import { unstage } from '../blob-row.ts';
import { digestWrites } from '../digest-row.ts';
import { isFree, isFreeFor } from '../element-conditions.ts';
import { toItem } from '../element-item.ts';
import { type Clause, commit, unconditional } from '../engine/clause.ts';
import { MAX_WRITES, type Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { noTag } from './no-tag.ts';
import { needOf, takingSpace } from './space.ts';

/** The problem of an element that is larger than an item may be. */
export const tooLargeRecord = ({ ro, rw, spec = {} }: ElementRecord): TaskportError =>
  tooLarge({ ro, rw, spec });

const nameTaken = (id: string): TaskportError =>
  new TaskportError('name-collision', `${id} exists already: take another name, or use it as it is`, { id });

/**
 * The clauses that add an element: they use up its key, require that its name is free, claim its blob and take
 * its space.
 */
export const insertionClauses = (
  { record, location, caller, idempotency }: Insertion,
  space: readonly Clause[],
): Clause[] => {
  const { id } = record.attributes;
  const collision = (): Error => nameTaken(id);
  return [
    ...keyClauses(idempotency, id),
    { write: { put: toItem(record, location, caller.requestId), condition: isFree }, problem: collision },
    ...(tagNamed(record.attributes) ? [noTag(id)] : []),
    ...[record.blob, record.oci?.blob].flatMap((blob) => (blob === undefined ? [] : [unstage(blob)])),
    ...space,
    ...digestWrites(undefined, record).map(unconditional),
  ];
};

/** Adds an element in one transaction, with `beside` in the same step. */
export const insertTogether = (
  table: Table,
  insertion: Insertion,
  beside: readonly Clause[] = [],
): Promise<void> => {
  const { record, location } = insertion;
  const { id, capacity = 0 } = record.attributes;
  const clauses = (space: readonly Clause[]) => [...insertionClauses(insertion, space), ...beside];
  return takingSpace(
    table,
    needOf(id, location, capacity),
    (space) => commit(table, clauses(space), tooLargeRecord(record)),
    MAX_WRITES - clauses([]).length,
  );
};

/** Adds an element that refers to nothing: in one write if its row is the only one, otherwise in one transaction. */
export const insertElement = async (table: Table, insertion: Insertion): Promise<void> => {
  const { record, location, caller, idempotency } = insertion;
  const takesSpace = location.capacity !== undefined && (record.attributes.capacity ?? 0) > 0;
  if (takesSpace || idempotency || record.blob !== undefined || tagNamed(record.attributes))
    return insertTogether(table, insertion);
  const item = toItem(record, location, caller.requestId);
  const written = await table.put(item, isFreeFor(record), tooLargeRecord(record));
  if (written.ok) return;
  // The existing row may be this very element, whose answer got lost; others may have changed it since.
  const { incarnation, formerIncarnation } = written.item ?? {};
  if (incarnation !== record.incarnation && formerIncarnation !== record.incarnation) {
    throw nameTaken(record.attributes.id);
  }
};
