import { randomUUID } from 'node:crypto';
import type { ElementRecord } from '../../../element/element.ts';
import type { Reference } from '../../../element/shown-element.ts';
import { toRecord } from '../element-item.ts';
import { absent, type Clause } from '../engine/clause.ts';
import type { Item, RowKey } from '../engine/expression.ts';
import { READ_TOGETHER, type Table } from '../engine/table.ts';
import { edgeKey, elementKey, guardKey } from '../keys.ts';
import { expiring } from '../time-to-live.ts';
import { intentOnly } from './edges.ts';
import { Outrun, startingOver } from './outrun.ts';

/** Seconds after which an intent is void. */
const INTENT_SECONDS = 15 * 60;

/** A caller that wants to refer to elements, and the kind of its reference. */
export type Referrer = Reference;

/** An element as its referrer finds it, and the clauses that make the reference hold. */
export interface Referred {
  readonly id: string;
  readonly record: ElementRecord | undefined;
  /** The ID of the reference, which finds the edge again. */
  readonly reference: string;
  readonly hold: Clause;
}

/** The intents that a referrer announced, and the elements that it found. */
interface Announced {
  readonly referred: readonly Referred[];
  /** The elements that the referrer only reads. */
  readonly seen: readonly (ElementRecord | undefined)[];
  readonly rows: readonly (Item | undefined)[];
  /** Takes the intents back if the referrer gives up. */
  readonly withdraw: () => Promise<void>;
}

/** The kind of reference to each element; the referrer's own by default. */
type KindOf = (id: string) => Reference['kind'];

/** Other rows to read, and the kind of reference to each element. */
interface Looking {
  readonly beside?: readonly RowKey[];
  /** Elements to read without an intent. */
  readonly seeing?: readonly string[];
  readonly kindOf?: KindOf;
}

/**
 * Announces references to elements, and reads these and the rows beside them. It reads up to ten in one
 * snapshot; of more, it reads each together with its guard.
 */
export type Refer = (ids: readonly string[], looking?: Looking) => Promise<Announced>;

/** Removes the guard of a deleter whose lease has expired; its delete can no longer succeed. */
const breakGuard = async (table: Table, id: string, guard: Item): Promise<void> => {
  await table.remove(guardKey(id), {
    expression: 'deleter = :deleter AND leaseUntil = :until',
    values: { ':deleter': guard.deleter, ':until': guard.leaseUntil },
  });
};

/**
 * Reads elements and guards in one snapshot. The intents exist by then, so the referrer cannot miss a deleter. A
 * query would not do: a delete may commit between two of its rows (docs/adr/0002).
 */
const look = async (
  table: Table,
  ids: readonly string[],
  beside: readonly RowKey[],
): Promise<{ records: (ElementRecord | undefined)[]; rows: (Item | undefined)[] }> => {
  const found = await table.getTogether([...ids.map(elementKey), ...ids.map(guardKey), ...beside]);
  const records = found.slice(0, ids.length).map(toRecord);
  for (const [at, id] of ids.entries()) {
    const guard = found[ids.length + at];
    const record = records[at];
    if (!guard) continue;
    if (guard.holder !== undefined) {
      if (record) records[at] = { ...record, heldBy: guard.holder as string };
      continue;
    }
    if ((guard.leaseUntil as string) > new Date().toISOString()) throw new Outrun();
    await breakGuard(table, id, guard);
    return look(table, ids, beside);
  }
  return { records, rows: found.slice(2 * ids.length) };
};

/**
 * Reads rows and elements, as many in one snapshot as fit. It reads each element together with its guard, which
 * is all that a reference needs.
 */
const lookAtAll = async (table: Table, ids: readonly string[], beside: readonly RowKey[]) => {
  const parts: ReturnType<typeof look>[] = [];
  for (let at = 0; at < beside.length + ids.length; at += READ_TOGETHER) {
    const from = Math.max(0, at - beside.length);
    const to = Math.max(0, at + READ_TOGETHER - beside.length);
    parts.push(look(table, ids.slice(from, to), beside.slice(at, at + READ_TOGETHER)));
  }
  const looked = await Promise.all(parts);
  return { records: looked.flatMap(({ records }) => records), rows: looked.flatMap(({ rows }) => rows) };
};

/**
 * Writes intents. The transaction's token matters: the network may deliver a copy of the request late, and that
 * must not bring back an intent that a deleter has removed meanwhile.
 */
const announce = async (
  table: Table,
  edges: readonly RowKey[],
  referrer: string,
  kindOf: (at: number) => Reference['kind'],
): Promise<void> => {
  await table.transact(
    edges.map((edge, at) => ({
      put: { ...edge, ...expiring(INTENT_SECONDS), row: 'edge', state: 'intent', referrer, kind: kindOf(at) },
      condition: absent,
    })),
  );
};

const hold = (edge: RowKey): Clause => ({
  write: {
    update: edge,
    set: {
      expression: 'SET #state = :held REMOVE expiresAt',
      names: { '#state': 'state' },
      values: { ':held': 'held' },
    },
    condition: intentOnly,
  },
  problem: () => new Outrun(),
});

/** Takes intents back. If that fails too, the next deleter removes them, or they expire. */
const withdraw = async (table: Table, edges: readonly RowKey[]): Promise<void> => {
  await Promise.all(edges.map((edge) => table.remove(edge, intentOnly).catch(() => {})));
};

/**
 * Makes a referrer refer to elements, by the protocol of edges and guards (docs/adr/0002). `refer` writes the
 * intents, then reads the elements and their guards. `act` then commits the referrer's own record and the edges
 * in one transaction, with the clauses that `refer` gave it. If a deleter was there before, all of it starts
 * over.
 */
export const referring = <T>(
  table: Table,
  referrer: Referrer,
  act: (refer: Refer) => Promise<T>,
): Promise<T> =>
  startingOver(async () => {
    const edges: RowKey[] = [];
    const refer: Refer = async (ids, { beside = [], seeing = [], kindOf = () => referrer.kind } = {}) => {
      const reference = randomUUID();
      const announced = ids.map((id) => edgeKey(id, referrer.id, reference));
      edges.push(...announced);
      if (ids.length > 0) await announce(table, announced, referrer.id, (at) => kindOf(ids[at] as string));
      const { records, rows } = await lookAtAll(table, [...ids, ...seeing], beside);
      const referred = announced.map((edge, at) => ({
        id: ids[at] as string,
        record: records[at],
        reference,
        hold: hold(edge),
      }));
      const seen = records.slice(ids.length);
      return { referred, seen, rows, withdraw: () => withdraw(table, announced) };
    };
    try {
      return await act(refer);
    } catch (error) {
      await withdraw(table, edges);
      throw error;
    }
  });
