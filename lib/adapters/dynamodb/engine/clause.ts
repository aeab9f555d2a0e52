import type { Write } from './expression.ts';
import { unavailable } from './failure.ts';
import type { Table } from './table.ts';

/** A write of a transaction, and the problem to throw if its condition does not hold. */
export interface Clause {
  readonly write: Write;
  readonly problem: (row: Record<string, unknown> | undefined) => Error;
}

/** No row has the key. */
export const absent = { expression: 'attribute_not_exists(pk)' };

/** A write that requires nothing. */
export const unconditional = (write: Write): Clause => ({ write, problem: () => unavailable() });

/** The problem of the first clause whose condition did not hold. */
export const firstProblem = (
  clauses: readonly Clause[],
  failed: ReadonlyMap<number, Record<string, unknown> | undefined>,
): Error => {
  const at = clauses.findIndex((_, position) => failed.has(position));
  return clauses[at]?.problem(failed.get(at)) ?? unavailable();
};

/**
 * Runs the clauses in one transaction. Throws the problem of the first clause, in their order, whose condition
 * does not hold, and `tooLarge` if a row would exceed the size of an item.
 */
export const commit = async (table: Table, clauses: readonly Clause[], tooLarge?: Error): Promise<void> => {
  const result = await table.transact(
    clauses.map((clause) => clause.write),
    tooLarge,
  );
  if (!result.ok) throw firstProblem(clauses, result.failed);
};
