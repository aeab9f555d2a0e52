import type { Write } from './expression.ts';
import { unavailable } from './failure.ts';
import type { Table } from './table.ts';

/** A write of a transaction, and the problem where its condition does not hold. */
export interface Clause {
  readonly write: Write;
  readonly problem: (row: Record<string, unknown> | undefined) => Error;
}

/** No row of that key is there. */
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
 * Runs the clauses as one step. Throws the problem of the first, in their order, whose condition does not hold, and
 * `tooLarge` where a row would be larger than an item may be.
 */
export const commit = async (table: Table, clauses: readonly Clause[], tooLarge?: Error): Promise<void> => {
  const result = await table.transact(
    clauses.map((clause) => clause.write),
    tooLarge,
  );
  if (!result.ok) throw firstProblem(clauses, result.failed);
};
