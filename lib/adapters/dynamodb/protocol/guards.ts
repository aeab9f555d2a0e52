import type { Item, Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { guardKey } from '../keys.ts';
import { expiring } from '../time-to-live.ts';

/** Seconds for which a guard keeps others from referring; past it, anybody may break it. */
const LEASE_SECONDS = 30;
/** How many references a refusal reads: those that it names, and one that tells of more. */
export const MAX_REFERENCES = 101;

/** Removes intents, so that their writers start over and meet the guard. False where one has come to be held. */
export const fence = async (table: Table, intents: readonly Item[]): Promise<boolean> => {
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
 * Puts the guards of elements, unless another's stands at one. As a transaction, for its token: a copy of the request that the
 * network delivers late must not bring back a guard that a referrer has broken meanwhile.
 */
export const raiseGuards = async (table: Table, ids: readonly string[], owner: string): Promise<boolean> => {
  const now = Date.now();
  const leaseUntil = new Date(now + 1_000 * LEASE_SECONDS).toISOString();
  const { ok } = await table.transact(
    ids.map((id) => ({
      put: { ...guardKey(id), ...expiring(LEASE_SECONDS), row: 'guard', deleter: owner, leaseUntil },
      condition: {
        expression: 'attribute_not_exists(pk) OR leaseUntil <= :now',
        values: { ':now': new Date(now).toISOString() },
      },
    })),
  );
  return ok;
};

const isOwn = (owner: string) => ({ expression: 'deleter = :deleter', values: { ':deleter': owner } });

/** Takes a guard of one's own away. */
export const releaseGuard = (id: string, owner: string): Write => ({
  remove: guardKey(id),
  condition: isOwn(owner),
});

/** Takes guards away of which nothing came. */
export const dropGuards = async (table: Table, ids: readonly string[], owner: string): Promise<void> => {
  await Promise.all(ids.map((id) => table.remove(guardKey(id), isOwn(owner))));
};

/** Lets a guard stand for a holder: without a lease nobody breaks it, and without a deleter no late request of its owner finds it. */
export const standGuard = (id: string, owner: string, holder: string): Write => ({
  update: guardKey(id),
  set: {
    expression: 'SET holder = :holder REMOVE deleter, leaseUntil, expiresAt',
    values: { ':holder': holder },
  },
  condition: isOwn(owner),
});

/** Takes away the guard by which an element is held. */
export const releaseHeld = (id: string, holder: string): Write => ({
  remove: guardKey(id),
  condition: { expression: 'holder = :holder', values: { ':holder': holder } },
});
