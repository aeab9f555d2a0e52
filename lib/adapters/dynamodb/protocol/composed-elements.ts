import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import type { Replacement } from '../../../element/element-store.ts';
import type { Clause } from '../engine/clause.ts';
import type { Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { releaseHeld } from './guards.ts';
import { removalWrites } from './removal-writes.ts';
import { neededBy, replacementClauses } from './replacement.ts';
import { takingSpace } from './space.ts';

/** The writes that take away a volume with its leave: nothing came to refer to it, since its guard stood all the while. */
export const removalHeld = (
  { record, location }: NonNullable<CompositionReplacement['deleted']>,
  { caller, composition }: CompositionReplacement,
): Write[] => [
  ...removalWrites(record, location, caller),
  releaseHeld(record.attributes.id, composition.executorId),
];

/** Has `act` replace elements in its step, each with the space that it needs. */
export const replacingElements = (
  table: Table,
  [first, ...rest]: readonly Replacement[],
  act: (clauses: readonly Clause[]) => Promise<void>,
): Promise<void> =>
  first
    ? takingSpace(table, neededBy(first), (space) =>
        replacingElements(table, rest, (clauses) => act([...replacementClauses(first, space), ...clauses])),
      )
    : act([]);
