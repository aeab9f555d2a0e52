import { randomUUID } from 'node:crypto';
import type { Reference } from '../../element/element.ts';
import { readEdges } from './edges.ts';
import type { Item, Write } from './expression.ts';
import { unavailable } from './failure.ts';
import { due, guardKey } from './keys.ts';
import { backOff } from './retry.ts';
import type { Table } from './table.ts';

/** Milliseconds a guard keeps others from referring; past it, anybody may break it. */
const LEASE_MS = 30_000;
const MAX_ATTEMPTS = 10;
/** A refusal answers so many references, and whether there are more. */
const MAX_REFERENCES = 101;

/** What is to be done to an element that nothing refers to. */
export interface Strike<T> {
  /** Reads what the strike stands on, side by side with the first look; may refuse. */
  readonly read: () => Promise<T>;
  /** What is written together with the guard's removal; its conditions require what was read. */
  readonly writes: (found: T) => Write[];
  /** The problem where the guard stood and a write's condition did not hold, by its position; else it is begun anew. */
  readonly problem?: (failed: ReadonlyMap<number, Item | undefined>) => Error;
}

/** Removes intents, so that their writers start over and meet the guard. False where one has come to be held. */
const fence = async (table: Table, intents: readonly Item[]): Promise<boolean> => {
  const results = await Promise.all(
    intents.map(async (edge) => {
      const written = await table.remove(
        { pk: edge.pk as string, sk: edge.sk as string },
        {
          expression: 'attribute_not_exists(pk) OR #state = :intent',
          names: { '#state': 'state' },
          values: { ':intent': 'intent' },
        },
      );
      return written.ok;
    }),
  );
  return results.every(Boolean);
};

/**
 * Puts the guard, unless another's stands. As a transaction, for its token: a copy of the request that the
 * network delivers late must not bring back a guard that a referrer has broken meanwhile.
 */
const raiseGuard = async (table: Table, id: string, holder: string): Promise<boolean> => {
  const now = Date.now();
  const key = guardKey(id);
  const leaseUntil = new Date(now + LEASE_MS).toISOString();
  const { ok } = await table.transact([
    {
      put: { ...key, ...due(key, leaseUntil), row: 'guard', deleter: holder, leaseUntil },
      condition: {
        expression: 'attribute_not_exists(pk) OR leaseUntil <= :now',
        values: { ':now': new Date(now).toISOString() },
      },
    },
  ]);
  return ok;
};

const ownGuard = (holder: string) => ({ expression: 'deleter = :deleter', values: { ':deleter': holder } });

/** Looks again behind the guard and strikes. Undefined where it has to be begun anew. */
const strikeGuarded = async (
  table: Table,
  id: string,
  writes: readonly Write[],
  problem: Strike<never>['problem'],
  holder: string,
): Promise<readonly Reference[] | undefined> => {
  const { held, intents } = await readEdges(table, id, MAX_REFERENCES);
  if (held.length > 0) return held;
  if (!(await fence(table, intents))) return undefined;
  const guard: Write = { remove: guardKey(id), condition: ownGuard(holder) };
  const result = await table.transact([...writes, guard]);
  if (result.ok) return [];
  if (problem && !result.failed.has(writes.length)) throw problem(result.failed);
  return undefined;
};

/**
 * Strikes an element while nothing refers to it, by the protocol of edges and guards (docs/adr/0002): a look, a
 * guard, a second look that fences whoever is about to refer, and one transaction. Four round trips. Where
 * others refer to it, one round trip answers who, and nothing was changed.
 */
export const whileUnreferenced = async <T>(
  table: Table,
  id: string,
  { read, writes, problem }: Strike<T>,
): Promise<readonly Reference[]> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
    const [edges, found] = await Promise.all([readEdges(table, id, MAX_REFERENCES), read()]);
    if (edges.held.length > 0) return edges.held;
    const holder = randomUUID();
    if (!(await raiseGuard(table, id, holder))) continue;
    let outcome: readonly Reference[] | undefined;
    try {
      outcome = await strikeGuarded(table, id, writes(found), problem, holder);
    } finally {
      // A strike takes the guard along.
      if (outcome?.length !== 0) await table.remove(guardKey(id), ownGuard(holder));
    }
    if (outcome) return outcome;
  }
  throw unavailable();
};
