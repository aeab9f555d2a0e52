import type { Composition } from '../../../composition/composition.ts';
import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import type { Replacement } from '../../../element/element-store.ts';
import { TaskportError } from '../../../errors.ts';
import type { Idempotency } from '../../../idempotency.ts';
import { attachmentClause } from '../attachment-row.ts';
import { compositionAsRead, toComposition, toCompositionItem } from '../composition-item.ts';
import { type Clause, commit } from '../engine/clause.ts';
import { unavailable } from '../engine/failure.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { toReportRow } from '../report-row.ts';
import { runClauses } from '../run-rows.ts';
import { release } from './edges.ts';
import { releaseHeld } from './guards.ts';
import { removalWrites } from './removal-writes.ts';
import { neededBy, replacementClauses } from './replacement.ts';
import { takingSpace } from './space.ts';

/** Bytes of an item (Amazon DynamoDB, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;

const tooLargeComposition = (): TaskportError =>
  new TaskportError(
    'payload-too-large',
    `a composition has at most ${MAX_ITEM_BYTES} bytes, its tasks' specifications included`,
    {
      limit: MAX_ITEM_BYTES,
    },
  );

const changed = ({ executorId }: Composition, present: Composition | undefined): TaskportError =>
  new TaskportError('revision-mismatch', `the composition of ${executorId} was changed by another`, {
    revision: present?.revision,
  });

/** The clauses that put a composition in the place of the one that was read, and is still so; of none while there is none. */
export const compositionClauses = (
  composition: Composition,
  former: Composition | undefined,
  idempotency: Idempotency | undefined,
): Clause[] => [
  ...keyClauses(idempotency, composition.executorId),
  {
    write: { put: toCompositionItem(composition), condition: compositionAsRead(former) },
    problem: (row) => changed(composition, toComposition(row)),
  },
  ...runClauses(former, composition),
];

/** The volume that goes with the leave: nothing came to refer to it, since its guard stood all the while. */
const removeHeld = (
  { record, location }: NonNullable<CompositionReplacement['deleted']>,
  { caller, composition }: CompositionReplacement,
): Clause[] =>
  [...removalWrites(record, location, caller), releaseHeld(record.attributes.id, composition.executorId)].map(
    (write) => ({ write, problem: () => changed(composition, undefined) }),
  );

/** Replaces a composition, with all that comes and goes with that, in one step. */
export const replaceComposition = async (
  table: Table,
  replacement: CompositionReplacement,
): Promise<void> => {
  const { composition, former, attaching = [], released = [], deleted, report, idempotency } = replacement;
  const { executorId, incarnation } = composition;
  const clauses = [
    ...compositionClauses(composition, former, idempotency),
    ...released.map(({ id, reference }) => release(id, executorId, reference)),
    ...(deleted ? removeHeld(deleted, replacement) : []),
    ...(report
      ? [
          {
            write: { put: toReportRow(incarnation, report.taskId, report.report) },
            problem: () => unavailable(),
          },
        ]
      : []),
  ];
  const commitWith = (more: readonly Clause[]) =>
    commitComposition(table, replacement, [...clauses, ...more]);
  if (attaching.length === 0) return commitWith([]);
  const { whileChildless } = await import('./attaching.ts');
  return whileChildless(table, attaching, commitWith);
};

/** Commits a change of a composition, with the attachments and the volumes that change beside it. */
export const commitComposition = (
  table: Table,
  { attachments = [], replaced = [] }: Pick<CompositionReplacement, 'attachments' | 'replaced'>,
  clauses: readonly Clause[],
): Promise<void> =>
  replacingElements(table, replaced, (elements) =>
    commit(table, [...clauses, ...attachments.map(attachmentClause), ...elements], tooLargeComposition()),
  );

/** Has `act` replace elements in its step, each with the space that it needs. */
const replacingElements = (
  table: Table,
  [first, ...rest]: readonly Replacement[],
  act: (clauses: readonly Clause[]) => Promise<void>,
): Promise<void> =>
  first
    ? takingSpace(table, neededBy(first), (space) =>
        replacingElements(table, rest, (clauses) => act([...replacementClauses(first, space), ...clauses])),
      )
    : act([]);
