import type { ElementRecord } from '../../element/element.ts';
import type { Insertion } from '../../element/element-store.ts';
import { tooLarge } from '../../element/metadata.ts';
import { TaskportError } from '../../errors.ts';
import type { Location } from '../../location/location.ts';
import { unstage } from './blob-row.ts';
import { isFree, isFreeFor, toItem } from './element-item.ts';
import type { Write } from './expression.ts';
import { unavailable } from './failure.ts';
import { useKey } from './idempotency-table.ts';
import { insufficientSpace, takeSpace } from './space-row.ts';
import type { Table } from './table.ts';

/** A write of a transaction, and the problem where its condition does not hold. */
export interface Clause {
  readonly write: Write;
  readonly problem: (row: Record<string, unknown> | undefined) => Error;
}

/** No row of that key is there. */
export const absent = { expression: 'attribute_not_exists(pk)' };

/** Takes space of the location, where that is counted. */
export const reserve = (location: Location, kib: number): Clause[] =>
  takeSpace(location, kib).map((write) => ({
    write,
    problem: (row) => insufficientSpace(location.name, row),
  }));

const tooLargeRecord = ({ ro, rw, spec = {} }: ElementRecord): TaskportError => tooLarge({ ro, rw, spec });

/**
 * Runs the clauses as one step. Throws the problem of the first, in their order, whose condition does not hold.
 */
export const commit = async (
  table: Table,
  clauses: readonly Clause[],
  record: ElementRecord,
): Promise<void> => {
  const result = await table.transact(
    clauses.map((clause) => clause.write),
    tooLargeRecord(record),
  );
  if (!result.ok) throw firstProblem(clauses, result.failed);
};

/** The problem of the first clause whose condition did not hold. */
export const firstProblem = (
  clauses: readonly Clause[],
  failed: ReadonlyMap<number, Record<string, unknown> | undefined>,
): Error => {
  const at = clauses.findIndex((_, position) => failed.has(position));
  return clauses[at]?.problem(failed.get(at)) ?? unavailable();
};

/** The clauses that add an element: its key used up, its name free, its blob claimed, its space taken. */
export const insertionClauses = ({ record, location, caller, idempotency }: Insertion): Clause[] => {
  const { id, capacity } = record.attributes;
  const collision = (): Error => new TaskportError('name-collision', `${id} is there already`, { id });
  return [
    ...(idempotency
      ? [
          {
            write: useKey(idempotency, id),
            problem: () => new TaskportError('idempotency-mismatch', 'this Idempotency-Key was used before'),
          },
        ]
      : []),
    { write: { put: toItem(record, location, caller.requestId), condition: isFree }, problem: collision },
    ...(record.blob === undefined ? [] : [unstage(record.blob)]),
    ...reserve(location, capacity ?? 0),
  ];
};

/** Adds an element that refers to nothing: one write where its row is all there is, else one transaction. */
export const insertElement = async (table: Table, insertion: Insertion): Promise<void> => {
  const { record, location, caller } = insertion;
  const clauses = insertionClauses(insertion);
  if (clauses.length > 1) return commit(table, clauses, record);
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
