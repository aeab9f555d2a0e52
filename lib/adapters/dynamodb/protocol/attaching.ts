import { randomUUID } from 'node:crypto';
import type { CompositionReplacement } from '../../../composition/composition-store.ts';
import { defined } from '../../../defined.ts';
import { volumeAttached } from '../../../element/attachment.ts';
import type { Checksum } from '../../../element/checksum.ts';
import { notFound } from '../../../element/located.ts';
import { ReferredError } from '../../../element/referred-error.ts';
import { attachmentClause, toAttachment } from '../attachment-row.ts';
import { toRecord } from '../element-item.ts';
import type { Clause } from '../engine/clause.ts';
import { allSettled } from '../engine/settled.ts';
import { READ_TOGETHER, type Table } from '../engine/table.ts';
import { attachmentKey, elementKey } from '../keys.ts';
import { readEdges } from './edges.ts';
import { dropGuards, fence, raiseGuards, releaseGuard } from './guards.ts';
import { Outrun, startingOver } from './outrun.ts';

export type Attaching = NonNullable<CompositionReplacement['attaching']>;

/**
 * The checksum of the data of volumes that no other executor has. It reads volume and attachment in one
 * snapshot, behind the guard that every attaching needs. Throws `volume-attached`.
 */
const dataOf = async (table: Table, attaching: Attaching): Promise<[string, Checksum | undefined][]> => {
  const ids = attaching.map(({ volumeId }) => volumeId);
  const rows = await table.getTogether([...ids.map(elementKey), ...ids.map(attachmentKey)]);
  return attaching.map(({ volumeId: id, next }, at) => {
    const attachment = toAttachment(rows[ids.length + at]);
    // If the executor itself has it, another call has bound the composition: the commit says that it has changed.
    if (attachment && attachment.executorId !== next.executorId) throw volumeAttached(id, attachment);
    const record = toRecord(rows[at]);
    if (!record) throw notFound(id);
    return [id, record.attributes.checksum];
  });
};

/**
 * Reads all of a volume's children, and stops callers that are about to make one. Answers false if one of them
 * was faster.
 */
const withoutChildren = async (table: Table, id: string): Promise<boolean> => {
  const { held, intents } = await readEdges(table, id);
  const children = held.filter(({ kind }) => kind === 'child');
  if (children.length > 0) throw new ReferredError(id, children);
  return fence(
    table,
    intents.filter(({ kind }) => kind === 'child'),
  );
};

/**
 * The checksums of volumes' data, behind guards that keep others from making children of them. Throws
 * `ReferredError` if one has children, `volume-attached`, `not-found`.
 */
export const dataOfChildless = async (
  table: Table,
  attaching: Attaching,
): Promise<ReadonlyMap<string, Checksum | undefined>> => {
  const parts = Array.from({ length: Math.ceil(attaching.length / READ_TOGETHER) }, (_, at) =>
    dataOf(table, attaching.slice(at * READ_TOGETHER, (at + 1) * READ_TOGETHER)),
  );
  const [found, free] = await allSettled(
    Promise.all(parts),
    Promise.all(attaching.map(({ volumeId }) => withoutChildren(table, volumeId))),
  );
  if (!free.every(Boolean)) throw new Outrun();
  return new Map(found.flat());
};

/**
 * The clauses that attach volumes with the data that they have, and remove the guards behind which that data was
 * read.
 */
export const attachingClauses = (
  attaching: Attaching,
  checksums: ReadonlyMap<string, Checksum | undefined>,
  owner: string,
): Clause[] =>
  attaching.flatMap(({ volumeId, next }) => [
    attachmentClause({ volumeId, next: defined({ ...next, base: checksums.get(volumeId) }) }),
    { write: releaseGuard(volumeId, owner), problem: () => new Outrun() },
  ]);

/**
 * Attaches volumes for writing, by the deleter's side of the protocol of edges and guards (docs/adr/0044): it
 * raises guards, stops callers that are about to make a child of a volume, and has `act` commit the clauses that
 * remove the guards. From then on the attachment keeps others from making children. Executors that have joined a
 * volume keep it. It takes two round trips beside that of `act`.
 */
export const whileChildless = (
  table: Table,
  attaching: Attaching,
  act: (clauses: readonly Clause[]) => Promise<void>,
): Promise<void> => {
  const ids = attaching.map(({ volumeId }) => volumeId);
  return startingOver(async () => {
    const owner = randomUUID();
    if (!(await raiseGuards(table, ids, owner))) throw new Outrun();
    let isDone = false;
    try {
      const checksums = await dataOfChildless(table, attaching);
      await act(attachingClauses(attaching, checksums, owner));
      isDone = true;
    } finally {
      // The transaction removed the guards.
      if (!isDone) await dropGuards(table, ids, owner);
    }
  });
};
