import type { Composition } from '../../../composition/composition.ts';
import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import { TaskportError } from '../../../errors.ts';
import type { Idempotency } from '../../../idempotency.ts';
import { compositionAsRead, toComposition, toCompositionItem } from '../composition-item.ts';
import { absent, type Clause, commit } from '../engine/clause.ts';
import { unavailable } from '../engine/failure.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { attachmentKey } from '../keys.ts';
import { toReportRow } from '../report-row.ts';
import { runClauses } from '../run-rows.ts';
import { release } from './edges.ts';
import { releaseHeld } from './guards.ts';
import { removalWrites } from './removal-writes.ts';

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

/** Attaches a volume for writing, unless another executor has it. */
export const attach = (volumeId: string, executorId: string): Clause => ({
  write: {
    put: { ...attachmentKey(volumeId), row: 'attachment', executorId },
    condition: absent,
  },
  problem: (row) =>
    new TaskportError('volume-attached', `${volumeId} is attached to ${row?.executorId}`, {
      executorId: row?.executorId,
    }),
});

const detach = (volumeId: string, executorId: string): Clause => ({
  write: {
    remove: attachmentKey(volumeId),
    // A volume that does not persist has none, unless it was bound by a version that gave it one.
    condition: {
      expression: 'attribute_not_exists(pk) OR executorId = :executor',
      values: { ':executor': executorId },
    },
  },
  problem: () => unavailable(),
});

/** The volume that goes with the leave: nothing came to refer to it, since its guard stood all the while. */
const removeHeld = (
  { record, location }: NonNullable<CompositionReplacement['deleted']>,
  { caller, composition }: CompositionReplacement,
): Clause[] =>
  [...removalWrites(record, location, caller), releaseHeld(record.attributes.id, composition.executorId)].map(
    (write) => ({ write, problem: () => changed(composition, undefined) }),
  );

/** Replaces a composition, with all that comes and goes with that, in one step. */
export const replaceComposition = (table: Table, replacement: CompositionReplacement): Promise<void> => {
  const {
    composition,
    former,
    attached = [],
    detached = [],
    released = [],
    deleted,
    report,
    idempotency,
  } = replacement;
  const { executorId, incarnation } = composition;
  const clauses = [
    ...compositionClauses(composition, former, idempotency),
    ...attached.map((id) => attach(id, executorId)),
    ...detached.map((id) => detach(id, executorId)),
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
  return commit(table, clauses, tooLargeComposition());
};
