import { randomUUID } from 'node:crypto';
import type { ElementRecord } from '../../element/element.ts';
import type { Insertion } from '../../element/element-store.ts';
import { intentOnly } from './edges.ts';
import { toRecord } from './element-item.ts';
import type { Item, RowKey } from './expression.ts';
import { unavailable } from './failure.ts';
import { absent, type Clause, commit, insertionClauses } from './insertion.ts';
import { due, edgeKey, elementKey, guardKey } from './keys.ts';
import { backOff } from './retry.ts';
import type { Table } from './table.ts';

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

/**
 * Looks at element and guard as they are at one moment; since the intent stands by then, a deleter cannot be
 * missed. A query would not do: between its rows a delete may be committed (docs/adr/0002).
 */
const look = async (table: Table, id: string): Promise<Target> => {
  const [element, guard] = await table.getTogether([elementKey(id), guardKey(id)]);
  if (guard) {
    if ((guard.leaseUntil as string) > new Date().toISOString()) return 'guarded';
    await breakGuard(table, id, guard);
    return look(table, id);
  }
  return { record: toRecord(element) };
};

/**
 * Writes an intent. As a transaction, for its token: a copy of the request that the network delivers late must
 * not bring back an intent that a deleter has fenced meanwhile.
 */
const announce = async (table: Table, intent: Item): Promise<void> => {
  await table.transact([{ put: intent, condition: absent }]);
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
    try {
      await announce(table, {
        ...edge,
        ...due(edge, dueAt),
        row: 'edge',
        state: 'intent',
        referrer,
        kind: 'child',
      });
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
