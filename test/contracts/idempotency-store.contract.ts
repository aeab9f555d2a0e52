import { describe, expect, it } from 'vitest';
import { idempotencyKey } from '../../lib/adapters/dynamodb/keys.ts';
import type { Idempotency } from '../../lib/idempotency.ts';
import { aKey, aLocation, anElement, anInsertion, fresh, problem } from './records.ts';
import { type Engine, useStores } from './stores.ts';

/** The contract of idempotency keys. */
export const idempotencyStoreContract = (engine: Engine): void => {
  describe('idempotency keys', () => {
    const open = useStores(engine);
    const location = aLocation();
    const use = async (key: Idempotency): Promise<string> => {
      const record = anElement(location, fresh('e'));
      await open().elements.insert(anInsertion(location, record, key));
      return record.attributes.id;
    };

    it('are found if they were used, and not otherwise', async () => {
      const key = aKey();
      expect(await open().idempotency.find(key)).toBeUndefined();
      const resource = await use(key);
      expect(await open().idempotency.find(key)).toEqual({ digest: 'digest', resource });
    });

    it('keep the digest of the first request, whatever the next one is', async () => {
      const key = aKey();
      const resource = await use(key);
      expect(await open().idempotency.find({ ...key, digest: 'another' })).toEqual({
        digest: 'digest',
        resource,
      });
    });

    it('of one principal are separate from those of another', async () => {
      const mine = aKey();
      const theirs = { ...mine, principal: 'another' };
      const resource = await use(mine);
      expect(await open().idempotency.find(theirs)).toBeUndefined();
      expect(await use(theirs)).not.toBe(resource);
    });

    it('are used once by concurrent callers', async () => {
      const key = aKey();
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => use(key)));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject(problem('idempotency-mismatch'));
      }
      expect(await open().idempotency.find(key)).toMatchObject({ resource: won[0]?.value });
    });

    it('are forgotten after their time, and can then be used again', async () => {
      const key = aKey();
      await use(key);
      const row = await open().table.get(idempotencyKey(key.principal, key.key));
      await open().table.put({ ...row, expiresAt: Math.floor(Date.now() / 1000) - 1 });
      expect(await open().idempotency.find(key)).toBeUndefined();
      const resource = await use(key);
      expect(await open().idempotency.find(key)).toMatchObject({ resource });
    });
  });
};
