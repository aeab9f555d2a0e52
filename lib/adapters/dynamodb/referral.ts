import { randomUUID } from 'node:crypto';
import type { ElementRecord } from '../../element/element.ts';
import type { Insertion } from '../../element/element-store.ts';
import { intentOnly } from './edges.ts';
import { toRecord } from './element-item.ts';
import { unavailable } from './failure.ts';
import { absent, type Clause, commit, insertionClauses } from './insertion.ts';
import { due, ELEMENT_ROW, edgeKey, elementPartition, GUARD_ROW, guardKey } from './keys.ts';
import { backOff, type Item, type RowKey, type Table } from './table.ts';

/** Milliseconds after which an intent is nobody's any more. */
const INTENT_MS = 15 * 60_000;
const MAX_ATTEMPTS = 10;

/** An element as a referrer finds it: there, gone, or about to be deleted by another. */
type Target = { readonly record: ElementRecord | undefined } | 'guarded';

/** Thrown where a deleter removed the intent between the look and the commit: the referrer starts over. */
class Fenced extends Error {}

/** Removes the guard of a deleter whose lease ran out; its delete cannot succeed any more. */
const breakGuard = async (table: Table, id: string, guard: Item): Promise<void> => {
  await table.remove(guardKey(id), {
    expression: 'deleter = :deleter AND leaseUntil = :until',
    values: { ':deleter': guard.deleter, ':until': guard.leaseUntil },
  });
};

/** Looks at element and guard in one consistent query, which follows the intent and so cannot miss a deleter. */
const look = async (table: Table, id: string): Promise<Target> => {
  const { items } = await table.query({ expression: 'pk = :pk', values: { ':pk': elementPartition(id) } });
  const guard = items.find((item) => item.sk === GUARD_ROW);
  if (guard) {
    if ((guard.leaseUntil as string) > new Date().toISOString()) return 'guarded';
    await breakGuard(table, id, guard);
    return look(table, id);
  }
  const element = items.find((item) => item.sk === ELEMENT_ROW);
  return { record: toRecord(element) };
};

const hold = (edge: RowKey): Clause => ({
  write: {
    update: edge,
    set: {
      expression: 'SET #state = :held REMOVE dueKey, dueAt',
      names: { '#state': 'state' },
      values: { ':held': 'held' },
    },
    condition: intentOnly,
  },
  problem: () => new Fenced(),
});

/** Takes an intent back; where that fails too, the sweeper finds it. */
const withdraw = async (table: Table, edge: RowKey): Promise<void> => {
  await table.remove(edge, intentOnly).catch(() => {});
};

/**
 * Adds an element under a parent, by the protocol of edges and guards (docs/adr/0002): its intent first, then
 * a look at the parent and its guard, then its own row and the edge in one transaction. Three round trips.
 */
export const insertUnder = async (
  table: Table,
  parentId: string,
  referrer: string,
  derive: (parent: ElementRecord | undefined) => ElementRecord,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
    const name = randomUUID();
    const edge = edgeKey(parentId, referrer, name);
    const dueAt = new Date(Date.now() + INTENT_MS).toISOString();
    // Absent: a copy of this put that the network delivers late must not undo what came of the first.
    await table.put(
      { ...edge, ...due(edge, dueAt), row: 'edge', state: 'intent', referrer, kind: 'child' },
      absent,
    );
    try {
      const target = await look(table, parentId);
      if (target !== 'guarded') {
        const record = { ...derive(target.record), attempt: name };
        await commit(table, [...insertionClauses({ ...insertion, record }), hold(edge)], record);
        return record;
      }
      await withdraw(table, edge);
    } catch (error) {
      if (error instanceof Fenced) continue;
      await withdraw(table, edge);
      throw error;
    }
  }
  throw unavailable();
};
