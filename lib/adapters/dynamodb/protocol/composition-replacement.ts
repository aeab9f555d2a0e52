import type { Composition } from '../../../composition/composition.ts';
import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import { TaskportError } from '../../../errors.ts';
import type { Idempotency } from '../../../idempotency.ts';
import { loaded } from '../../../loaded.ts';
import { attachmentClause } from '../attachment-row.ts';
import { compositionAsRead, toComposition, toCompositionItem } from '../composition-item.ts';
import { type Clause, commit } from '../engine/clause.ts';
import { unavailable } from '../engine/failure.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { toReportRow } from '../report-row.ts';
import { runClauses } from '../run-rows.ts';
import { release } from './edges.ts';

/** Loaded by the first change of a composition that changes elements too; most change the composition alone. */
const elements = loaded(() => import('./composed-elements.ts'));

/** Bytes of an item (Amazon DynamoDB, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;

const tooLargeComposition = (): TaskportError =>
  new TaskportError(
    'payload-too-large',
    `the composition would have more than ${MAX_ITEM_BYTES} bytes with the specifications of its tasks: shorten those, or take several executors`,
    {
      limit: MAX_ITEM_BYTES,
    },
  );

const changed = ({ executorId }: Composition, present: Composition | undefined): TaskportError =>
  new TaskportError(
    'revision-mismatch',
    `the composition of ${executorId} was changed by someone else: read it, and try again`,
    {
      revision: present?.revision,
    },
  );

/**
 * The clauses that replace a composition which is still as it was read; or that add one where there still is
 * none.
 */
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

/** Replaces a composition, and makes the changes that belong to that, in one step. */
export const replaceComposition = async (
  table: Table,
  replacement: CompositionReplacement,
): Promise<void> => {
  const { composition, former, attaching = [], released = [], deleted, report, idempotency } = replacement;
  const { executorId, incarnation } = composition;
  const gone = deleted ? (await elements()).removalHeld(deleted, replacement) : [];
  const clauses = [
    ...compositionClauses(composition, former, idempotency),
    ...released.map(({ id, reference }) => release(id, executorId, reference)),
    ...gone.map((write) => ({ write, problem: () => changed(composition, undefined) })),
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

/** Commits a change of a composition, with the changes of attachments and volumes. */
export const commitComposition = async (
  table: Table,
  { attachments = [], replaced = [] }: Pick<CompositionReplacement, 'attachments' | 'replaced'>,
  clauses: readonly Clause[],
): Promise<void> => {
  const commitWith = (more: readonly Clause[]) =>
    commit(table, [...clauses, ...attachments.map(attachmentClause), ...more], tooLargeComposition());
  return replaced.length === 0
    ? commitWith([])
    : (await elements()).replacingElements(table, replaced, commitWith);
};
