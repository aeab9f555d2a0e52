import type { Composition } from '../../../composition/composition.ts';
import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import { defined } from '../../../defined.ts';
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
import { release } from './edges.ts';
import { releaseHeld } from './held-guard.ts';
import { removalWrites } from './removal-writes.ts';
import { neededBy, replacementClauses } from './replacement.ts';
import { takingSpace } from './space.ts';

/** Bytes of an item (Amazon DynamoDB, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;

export const tooLargeComposition = (): TaskportError =>
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

/** The clauses that replace a composition which is still as it was read. */
export const compositionClauses = (
  composition: Composition,
  former: Composition,
  idempotency: Idempotency | undefined,
): Clause[] => [
  ...keyClauses(idempotency, composition.executorId),
  {
    write: { put: toCompositionItem(composition), condition: compositionAsRead(former) },
    problem: (row) => changed(former, toComposition(row)),
  },
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
  const {
    composition,
    former,
    attaching = [],
    attachments = [],
    replaced = [],
    released = [],
    deleted,
    report,
    idempotency,
  } = replacement;
  const { executorId, incarnation } = composition;
  const clauses = [
    ...compositionClauses(composition, former, idempotency),
    ...attachments.map(attachmentClause),
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
    replacingElements(table, replaced, (elements) =>
      commit(table, [...clauses, ...elements, ...more], tooLargeComposition()),
    );
  if (attaching.length === 0) return commitWith([]);
  const { whileChildless } = await import('./attaching.ts');
  const volumes = attaching.map(({ volumeId }) => volumeId);
  return whileChildless(table, volumes, (checksums, guards) => {
    const attached = attaching.map(({ volumeId, next }) =>
      attachmentClause({ volumeId, next: defined({ ...next, base: checksums.get(volumeId) }) }),
    );
    return commitWith([...attached, ...guards]);
  });
};

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
