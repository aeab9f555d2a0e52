import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../../../composition/composition.ts';
import type { Composed, CompositionJoin, Joining } from '../../../composition/composition-store.ts';
import type { Checksum } from '../../../element/checksum.ts';
import type { ElementRecord } from '../../../element/element.ts';
import { ReferredError } from '../../../element/referred-error.ts';
import { toComposition } from '../composition-item.ts';
import { asRead, isFree, isSame } from '../element-conditions.ts';
import { toRecord } from '../element-item.ts';
import { absent, type Clause } from '../engine/clause.ts';
import { unavailable } from '../engine/failure.ts';
import { allSettled } from '../engine/settled.ts';
import type { Table } from '../engine/table.ts';
import { keyClauses } from '../idempotency-table.ts';
import { compositionKey, edgeKey, elementKey } from '../keys.ts';
import { type Refer, type Referred, referring } from './announced-references.ts';
import { type Attaching, attachingClauses, dataOfChildless } from './attaching.ts';
import { commitComposition, compositionClauses } from './composition-replacement.ts';
import { readEdges } from './edges.ts';
import { dropGuards, fence, MAX_REFERENCES, raiseGuards, standGuard } from './guards.ts';
import { insertionClauses } from './insertion.ts';
import { Outrun } from './outrun.ts';

const COMPOSITION = 'composition';

const associationsOf = (record: ElementRecord | undefined) => [record?.incarnation, record?.tasks ?? []];

/**
 * Refers to the tasks that come along, if there are any. It reads the storage again together with them: a task
 * that somebody deleted and created again meanwhile is another one, which is not associated.
 */
const referAlong = async (
  refer: Refer,
  ids: readonly string[],
  storage: readonly ElementRecord[],
): Promise<readonly Referred[]> => {
  if (ids.length === 0) return [];
  const beside = storage.map(({ attributes }) => elementKey(attributes.id));
  const { referred, rows } = await refer(ids, { beside });
  if (!isDeepStrictEqual(rows.map(toRecord).map(associationsOf), storage.map(associationsOf)))
    throw new Outrun();
  return referred;
};

/**
 * Answers the intents of callers that are about to refer to the elements. Throws `ReferredError` if others refer
 * to one of them already.
 */
const intentsOn = async (table: Table, ids: readonly string[]) => {
  const found = await Promise.all(ids.map((id) => readEdges(table, id, MAX_REFERENCES)));
  for (const [at, { held }] of found.entries())
    if (held.length > 0) throw new ReferredError(ids[at] as string, held);
  return found.flatMap(({ intents }) => intents);
};

/**
 * Elements to which others must not refer: nobody may refer to an exclusive element, and no child to one that
 * the executor writes to.
 */
interface Guarded {
  readonly alone: readonly string[];
  readonly written: Attaching;
}

/**
 * Raises guards that keep others from referring to elements, and removes them again after a failure. Answers the
 * data of the elements that the executor writes to.
 */
const guardAll = async (
  table: Table,
  { alone, written }: Guarded,
  owner: string,
): Promise<ReadonlyMap<string, Checksum | undefined>> => {
  const ids = [...alone, ...written.map(({ volumeId }) => volumeId)];
  if (ids.length === 0) return new Map();
  if (!(await raiseGuards(table, ids, owner))) throw new Outrun();
  const fenced = async () => fence(table, await intentsOn(table, alone));
  const [isFenced, checksums] = await allSettled(fenced(), dataOfChildless(table, written));
  if (!isFenced) throw new Outrun();
  return checksums;
};

/** The edge of a reference that holds at once: the guard stops deleters, so no intent is needed. */
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

const outrun = (): Error => new Outrun();

/**
 * Makes an element exclusive to an executor: its guard stays. The element must be as it was read. If others
 * deleted it before the guard was raised, its name must still be free.
 */
const holdAlone = (
  { id, record, reference }: Omit<Referred, 'hold'>,
  executorId: string,
  owner: string,
): Clause[] => [
  { write: standGuard(id, owner, executorId), problem: outrun },
  { write: { check: elementKey(id), condition: record ? asRead(record) : isFree }, problem: outrun },
  heldEdge(id, executorId, reference),
];

const existing = (composition: Composition | undefined): Composition => {
  if (!composition) throw new Error('derive changed nothing, and there is no composition');
  return composition;
};

/** The executor and its composition as they were read. */
interface Found {
  readonly composition: Composition | undefined;
  readonly executor: ElementRecord | undefined;
}

/**
 * The clauses that put the composition, and the executor if it is new; otherwise an executor without a
 * composition must be unchanged.
 */
const composedClauses = (
  { composition, made }: Composed,
  { composition: former, executor }: Found,
  { executorId, idempotency, caller }: CompositionJoin,
): Clause[] => {
  if (former) return compositionClauses(composition, former, idempotency);
  const founding = made
    ? insertionClauses({ ...made, caller }, []).map(({ write }) => write)
    : [{ check: elementKey(executorId), condition: executor ? isSame(executor) : isFree }];
  const puts = compositionClauses(composition, undefined, undefined).map(({ write }) => write);
  return [
    ...keyClauses(idempotency, executorId),
    ...[...founding, ...puts].map((write) => ({ write, problem: outrun })),
  ];
};

/**
 * Adds members to a composition, all or none, and creates it if it is new (docs/adr/0045). It takes three round
 * trips, or five if tasks come along or if one element is exclusive and another is not.
 */
export const join = (table: Table, joining: CompositionJoin): Promise<Composition> => {
  const { executorId, members, along, derive, looksAtExecutor } = joining;
  const shared = members.filter(({ alone }) => !alone).map(({ id }) => id);
  const alone = members.filter((member) => member.alone).map(({ id }) => id);
  const beside = [compositionKey(executorId), ...(looksAtExecutor ? [elementKey(executorId)] : [])];
  return referring(table, { id: executorId, kind: COMPOSITION }, async (refer) => {
    const looked = refer(shared, { beside, seeing: alone });
    const looking = intentsOn(table, alone).then(
      () => undefined,
      (error: Error) => error,
    );
    const [{ referred, seen, rows }, refusal] = await allSettled(looked, looking);
    const own = randomUUID();
    const held = alone.map((id, at) => ({ id, record: seen[at], reference: own }));
    const all = new Map([...referred, ...held].map((each) => [each.id, each]));
    const found = { composition: toComposition(rows[0]), executor: toRecord(rows[1]) };
    const tasks = new Map(
      await Promise.all(members.map(async ({ id }) => [id, await along(all.get(id)?.record)] as const)),
    );
    const taskIds = [...new Set([...tasks.values()].flat())];
    const deriveWith = (referredTasks: readonly Referred[]) => {
      const taskOf = (id: string) => referredTasks.find((task) => task.id === id);
      const joinings = members.map(({ id }): Joining => {
        const { record, reference } = all.get(id) as Omit<Referred, 'hold'>;
        const comes = (tasks.get(id) ?? []).flatMap((task) => {
          const along = taskOf(task);
          return along ? [{ id: task, element: along.record, reference: along.reference }] : [];
        });
        return { element: record, reference, along: comes };
      });
      return derive(found, joinings);
    };
    // A join that fails in any case raises no guard. The problem that another executor has an exclusive volume
    // comes before the problem that others refer to it.
    const early = await deriveWith([]);
    if (refusal) throw refusal;
    if (!early) return existing(found.composition);
    const written = early.attaching ?? [];
    const owner = randomUUID();
    try {
      const storage = [...all.values()].flatMap(({ record }) => (record?.tasks?.length ? [record] : []));
      const [along, checksums] = await allSettled(
        referAlong(refer, taskIds, storage),
        guardAll(table, { alone, written }, owner),
      );
      const composed = (taskIds.length === 0 ? early : await deriveWith(along)) ?? early;
      await commitComposition(table, composed, [
        ...held.flatMap((each) => holdAlone(each, executorId, owner)),
        ...composedClauses(composed, found, joining),
        ...attachingClauses(composed.attaching ?? [], checksums, owner),
        ...[...referred, ...along].map(({ hold }) => hold),
      ]);
      return composed.composition;
    } catch (error) {
      // If that fails too, the leases of the guards expire.
      await dropGuards(table, [...alone, ...written.map(({ volumeId }) => volumeId)], owner).catch(() => {});
      throw error;
    }
  });
};
