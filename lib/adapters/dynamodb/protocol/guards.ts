import type { Item, Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { guardKey } from '../keys.ts';
import { expiring } from '../time-to-live.ts';

/** Seconds for which a guard keeps others from referring; after that, any caller may remove it. */
const LEASE_SECONDS = 30;
/** How many references a refusal reads: those that it names, and one more, which shows that there are others. */
export const MAX_REFERENCES = 101;

/**
 * Removes intents, so that their writers start over and find the guard. Answers false if an intent has become a
 * held edge.
 */
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
 * Raises the guards of elements, unless one of them has another guard. The transaction's token matters: the
 * network may deliver a copy of the request late, and that must not bring back a guard that a referrer has
 * removed meanwhile.
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

/** Removes the caller's own guard. */
export const releaseGuard = (id: string, owner: string): Write => ({
  remove: guardKey(id),
  condition: isOwn(owner),
});

/** Removes guards whose operation was given up. */
export const dropGuards = async (table: Table, ids: readonly string[], owner: string): Promise<void> => {
  await Promise.all(ids.map((id) => table.remove(guardKey(id), isOwn(owner))));
};

/**
 * Makes a guard permanent for a holder. It has no lease, so no other caller removes it, and no deleter, so no
 * late request of its owner finds it.
 */
export const standGuard = (id: string, owner: string, holder: string): Write => ({
  update: guardKey(id),
  set: {
    expression: 'SET holder = :holder REMOVE deleter, leaseUntil, expiresAt',
    values: { ':holder': holder },
  },
  condition: isOwn(owner),
});

/** Removes the guard that makes an element exclusive to its holder. */
export const releaseHeld = (id: string, holder: string): Write => ({
  remove: guardKey(id),
  condition: { expression: 'holder = :holder', values: { ':holder': holder } },
});
