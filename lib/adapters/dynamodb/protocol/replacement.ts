import { type ElementRecord, versionOf } from '../../../element/element.ts';
import type { ComposedVersion, Replacement } from '../../../element/element-store.ts';
import { notFound } from '../../../element/located.ts';
import { ReferredError } from '../../../element/referred-error.ts';
import type { TaskportError } from '../../../errors.ts';
import { revisionMismatch } from '../../../version.ts';
import { attachmentClause } from '../attachment-row.ts';
import { doom, unstage } from '../blob-row.ts';
import { compositionAsRead } from '../composition-item.ts';
import { digestWrites } from '../digest-row.ts';
import { asRead } from '../element-conditions.ts';
import { toItem, toRecord } from '../element-item.ts';
import { type Clause, commit, firstProblem, unconditional } from '../engine/clause.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { compositionKey, elementKey } from '../keys.ts';
import { spaceTaken } from '../space-row.ts';
import { release } from './edges.ts';
import { whileUnreferenced } from './guarded-strike.ts';
import { tooLargeRecord } from './insertion.ts';
import { needOf, takingSpace } from './space.ts';

/** The problem of an element that has changed since it was read. */
const changed = (id: string, present: ElementRecord | undefined): TaskportError =>
  present ? revisionMismatch(id, versionOf(present)) : notFound(id);

/** Requires that an executor's composition is still as it was read. */
const composedAs = (former: ElementRecord, composition: ComposedVersion | null): Clause => ({
  write: {
    check: compositionKey(former.attributes.id),
    condition: compositionAsRead(composition ?? undefined),
  },
  problem: () => changed(former.attributes.id, former),
});

/** The clauses that replace an element which is still as it was read, and make the changes that belong to that. */
export const replacementClauses = (
  {
    record,
    former,
    composition,
    location,
    caller,
    staged,
    discarded = [],
    released = [],
    attachment,
    idempotency,
  }: Replacement,
  space: readonly Clause[],
): Clause[] => [
  ...keyClauses(idempotency, record.attributes.id),
  {
    write: {
      put: { ...toItem(record, location, caller.requestId), formerAt: former.attributes.modifiedAt },
      condition: asRead(former),
    },
    problem: (row) => changed(record.attributes.id, toRecord(row)),
  },
  ...(composition === undefined ? [] : [composedAs(former, composition)]),
  ...(staged === undefined ? [] : [unstage(staged)]),
  ...space,
  ...discarded.map((blob) => unconditional(doom(blob))),
  ...digestWrites(former, record).map(unconditional),
  ...released.map(({ id, reference }) => release(id, record.attributes.id, reference)),
  ...(attachment ? [attachmentClause(attachment)] : []),
];

export const neededBy = ({ record, former, location }: Replacement) =>
  needOf(record.attributes.id, location, spaceTaken(former, record));

/** Replaces an element that is still as it was read, and claims and discards blobs in the same step. */
export const replaceElement = (table: Table, replacement: Replacement): Promise<void> =>
  takingSpace(table, neededBy(replacement), (space) =>
    commit(table, replacementClauses(replacement, space), tooLargeRecord(replacement.record)),
  );

/** Replaces an element as `replaceElement` does, while nothing refers to it; else throws `ReferredError` and changes nothing. */
export const replaceUnreferenced = (table: Table, replacement: Replacement): Promise<void> =>
  takingSpace(table, neededBy(replacement), (space) =>
    strike(table, replacement, replacementClauses(replacement, space)),
  );

const strike = async (table: Table, { former }: Replacement, clauses: readonly Clause[]): Promise<void> => {
  const { id, revision } = former.attributes;
  const struck = await whileUnreferenced(table, id, {
    read: async () => {
      const present = toRecord(await table.get(elementKey(id)));
      if (present?.incarnation !== former.incarnation || present.attributes.revision !== revision) {
        throw changed(id, present);
      }
    },
    writes: () => clauses.map(({ write }) => write),
    problem: (_, failed) => firstProblem(clauses, failed),
  });
  if ('references' in struck) throw new ReferredError(id, struck.references);
};
