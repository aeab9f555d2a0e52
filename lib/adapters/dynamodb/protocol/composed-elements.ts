import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import type { Replacement } from '../../../element/element-store.ts';
import type { Clause } from '../engine/clause.ts';
import type { Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { releaseHeld } from './guards.ts';
import { removalWrites } from './removal-writes.ts';
import { neededBy, replacementClauses } from './replacement.ts';
import { takingSpace } from './space.ts';

/** The writes that delete a volume as it leaves. Nothing refers to it, since its guard existed the whole time. */
export const removalHeld = (
  { record, location }: NonNullable<CompositionReplacement['deleted']>,
  { caller, composition }: CompositionReplacement,
): Write[] => [
  ...removalWrites(record, location, caller),
  releaseHeld(record.attributes.id, composition.executorId),
];

/** Replaces elements in the step of `act`, each with the space that it needs. */
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
