import { randomUUID } from 'node:crypto';
import type { ElementRecord } from '../../../element/element.ts';
import type { Reference } from '../../../element/shown-element.ts';
import { toRecord } from '../element-item.ts';
import { absent, type Clause } from '../engine/clause.ts';
import type { Item, RowKey } from '../engine/expression.ts';
import { unavailable } from '../engine/failure.ts';
import { backOff } from '../engine/retry.ts';
import type { Table } from '../engine/table.ts';
import { edgeKey, elementKey, guardKey } from '../keys.ts';
import { expiring } from '../time-to-live.ts';
import { intentOnly } from './edges.ts';

/** Seconds after which an intent is nobody's any more. */
const INTENT_SECONDS = 15 * 60;
const MAX_ATTEMPTS = 10;

/** Who comes to refer to elements, and what that makes of it. */
export type Referrer = Reference;

/** An element as its referrer finds it, and what makes the reference hold. */
export interface Referred {
  readonly id: string;
  readonly record: ElementRecord | undefined;
  /** The ID of the reference; with it the edge is found again. */
  readonly reference: string;
  readonly hold: Clause;
}

/** What was announced, and what was found. */
interface Announced {
  readonly referred: readonly Referred[];
  /** The elements that were only to be seen. */
  readonly seen: readonly (ElementRecord | undefined)[];
  readonly rows: readonly (Item | undefined)[];
  /** Takes the intents back, where nothing is to come of them. */
  readonly withdraw: () => Promise<void>;
}

/** How elements are referred to; as the referrer says where nothing else is said. */
type KindOf = (id: string) => Reference['kind'];

/** What else is looked at, and how elements are referred to. */
interface Looking {
  readonly beside?: readonly RowKey[];
  /** Elements that nothing is announced to. */
  readonly seeing?: readonly string[];
  readonly kindOf?: KindOf;
}

/**
 * Announces references to elements, and looks at these and at rows beside them: at up to ten as all are at one moment, at more of
 * them each with its guard.
 */
export type Refer = (ids: readonly string[], looking?: Looking) => Promise<Announced>;

/**
 * Thrown where another is there before the referrer, which starts over: a deleter's guard stands, an intent was removed,
 * or what was read at first is no more so.
 */
export class Outrun extends Error {}

/** Removes the guard of a deleter whose lease ran out; its delete cannot succeed any more. */
const breakGuard = async (table: Table, id: string, guard: Item): Promise<void> => {
  await table.remove(guardKey(id), {
    expression: 'deleter = :deleter AND leaseUntil = :until',
    values: { ':deleter': guard.deleter, ':until': guard.leaseUntil },
  });
};

/** Rows that are looked at together, beside guards: a snapshot has 4 MB, and a row up to 400 KB. */
const TOGETHER = 10;

/**
 * Looks at elements and guards as they are at one moment; since the intents stand by then, a deleter cannot be
 * missed. A query would not do: between its rows a delete may be committed (docs/adr/0002).
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

/** Looks at rows and elements, as many in one snapshot as it holds; each element with its guard, which is all that a reference needs. */
const lookAtAll = async (table: Table, ids: readonly string[], beside: readonly RowKey[]) => {
  const parts: ReturnType<typeof look>[] = [];
  for (let at = 0; at < beside.length + ids.length; at += TOGETHER) {
    const from = Math.max(0, at - beside.length);
    const to = Math.max(0, at + TOGETHER - beside.length);
    parts.push(look(table, ids.slice(from, to), beside.slice(at, at + TOGETHER)));
  }
  const looked = await Promise.all(parts);
  return { records: looked.flatMap(({ records }) => records), rows: looked.flatMap(({ rows }) => rows) };
};

/**
 * Writes intents. As a transaction, for its token: a copy of the request that the network delivers late must
 * not bring back an intent that a deleter has fenced meanwhile.
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

/** Takes intents back; where that fails too, the next deleter fences them, or they expire. */
const withdraw = async (table: Table, edges: readonly RowKey[]): Promise<void> => {
  await Promise.all(edges.map((edge) => table.remove(edge, intentOnly).catch(() => {})));
};

/**
 * Has a referrer come to refer to elements, by the protocol of edges and guards (docs/adr/0002): its intents first, then
 * a look at the elements and their guards, both by `refer`, then the referrer's own record and the edges in one
 * transaction, which `act` commits with the clauses it was given. Where a deleter is there before, all begins anew.
 */
export const referring = async <T>(
  table: Table,
  referrer: Referrer,
  act: (refer: Refer) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
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
      if (!(error instanceof Outrun)) throw error;
    }
  }
  throw unavailable();
};
