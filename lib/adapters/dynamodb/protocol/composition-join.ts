import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../../../composition/composition.ts';
import type { CompositionJoin, Joining } from '../../../composition/composition-store.ts';
import type { ElementRecord } from '../../../element/element.ts';
import { ReferredError } from '../../../element/referred-error.ts';
import { toComposition } from '../composition-item.ts';
import { asRead, isFree, toRecord } from '../element-item.ts';
import { absent, type Clause, commit, firstProblem } from '../engine/clause.ts';
import { unavailable } from '../engine/failure.ts';
import type { Table } from '../engine/table.ts';
import { compositionKey, edgeKey, elementKey, guardKey } from '../keys.ts';
import { Outrun, type Refer, type Referred, referring } from './announced-references.ts';
import { compositionClauses, tooLargeComposition } from './composition-replacement.ts';
import { whileUnreferenced } from './guarded-strike.ts';

const COMPOSITION = 'composition';

const toAlong = (referred: readonly Referred[]): Joining['along'] =>
  referred.map(({ id, record, reference }) => ({ id, element: record, reference }));

/** The associations of storage, to tell whether they are as they were read. */
const associationsOf = (storage: ElementRecord | undefined) => [storage?.incarnation, storage?.tasks ?? []];

/**
 * Refers to the tasks that come along; there may be none. The storage is read again with them: a task that was deleted and
 * created anew meanwhile is another, which nobody associated.
 */
const referAlong = async (
  refer: Refer,
  storage: ElementRecord | undefined,
  ids: readonly string[],
): Promise<readonly Referred[]> => {
  if (!storage || ids.length === 0) return [];
  const { referred, rows } = await refer(ids, [elementKey(storage.attributes.id)]);
  if (!isDeepStrictEqual(associationsOf(toRecord(rows[0])), associationsOf(storage))) throw new Outrun();
  return referred;
};

/** A composition is never made by a join: who derived one of nothing has a bug. */
const existing = (former: Composition | undefined): Composition => {
  if (!former) throw new Error('nothing joins a composition that is not there');
  return former;
};

/** Adds a member that others may refer to as well: three round trips, five where tasks come along. */
const joinShared = (table: Table, join: CompositionJoin): Promise<Composition> => {
  const { executorId, elementId, along, derive, idempotency } = join;
  return referring(table, { id: executorId, kind: COMPOSITION }, async (refer) => {
    const { referred, rows } = await refer([elementId], [compositionKey(executorId)]);
    const [target] = referred;
    if (!target) throw new Error('unreachable: one element was asked for');
    const tasks = await referAlong(refer, target.record, await along(target.record));
    const former = toComposition(rows[0]);
    const composition = derive(former, {
      element: target.record,
      reference: target.reference,
      along: toAlong(tasks),
    });
    const clauses = compositionClauses(composition, existing(former), idempotency);
    await commit(table, [...clauses, ...[target, ...tasks].map(({ hold }) => hold)], tooLargeComposition());
    return composition;
  });
};

/** The edge of a reference that holds from the first, since behind the guard nobody can be on his way to delete. */
const heldEdge = (elementId: string, executorId: string, reference: string): Clause => ({
  write: {
    put: {
      ...edgeKey(elementId, executorId, reference),
      row: 'edge',
      state: 'held',
      referrer: executorId,
      kind: COMPOSITION,
    },
    condition: absent,
  },
  problem: () => unavailable(),
});

/** Requires that the element is as it was read. */
const stillThere = (elementId: string, element: ElementRecord | undefined): Clause => ({
  write: { check: elementKey(elementId), condition: element ? asRead(element) : isFree },
  problem: () => new Outrun(),
});

/** Adds a volume that nothing else refers to, and lets its guard stand, so that nothing will. */
const joinExclusively = (table: Table, join: CompositionJoin): Promise<Composition> => {
  const { executorId, elementId, along, derive, idempotency } = join;
  const read = async () => {
    const keys = [elementKey(elementId), guardKey(elementId), compositionKey(executorId)];
    const [row, guard, composition] = await table.getTogether(keys);
    const record = toRecord(row);
    const heldBy = guard?.holder as string | undefined;
    return {
      element: record && heldBy !== undefined ? { ...record, heldBy } : record,
      former: toComposition(composition),
    };
  };
  return referring(table, { id: executorId, kind: COMPOSITION }, async (refer) => {
    const { element: first } = await read();
    const tasks = await referAlong(refer, first, await along(first));
    const reference = randomUUID();
    const strike = await whileUnreferenced(table, elementId, {
      read: async () => {
        const { element, former } = await read();
        if (!isDeepStrictEqual(associationsOf(element), associationsOf(first))) throw new Outrun();
        const composition = derive(former, { element, reference, along: toAlong(tasks) });
        const clauses = [
          ...compositionClauses(composition, existing(former), idempotency),
          // Its guard may be raised after another delete has taken element and guard away.
          stillThere(elementId, element),
          heldEdge(elementId, executorId, reference),
          ...tasks.map(({ hold }) => hold),
        ];
        return { composition, clauses };
      },
      writes: ({ clauses }) => clauses.map(({ write }) => write),
      problem: ({ clauses }, failed) => firstProblem(clauses, failed),
      holder: executorId,
    });
    if ('found' in strike) return strike.found.composition;
    throw new ReferredError(strike.references);
  });
};

/** Adds a member to a composition. */
export const join = (table: Table, joining: CompositionJoin): Promise<Composition> =>
  joining.exclusively ? joinExclusively(table, joining) : joinShared(table, joining);
