import { describe, expect, it } from 'vitest';
import { TaskportError } from '../../lib/errors.ts';
import { type IdempotencyRecord, once } from '../../lib/idempotency.ts';

const key = { principal: 'me', key: 'k', digest: 'd' };
const collision = new TaskportError('name-collision', 'there already');

/** Runs `once` on a store with this record, and answers the outcome and the calls. */
const run = async (
  effect: () => Promise<string>,
  record: IdempotencyRecord | undefined,
  idempotency: typeof key | undefined = key,
) => {
  const calls: string[] = [];
  const store = {
    find: async () => {
      calls.push('find');
      return record;
    },
  };
  const present = async (resource: string) => {
    calls.push(`present ${resource}`);
    return `${resource} now`;
  };
  const outcome = await once(store, idempotency, effect, present).catch((error: unknown) => error);
  return { outcome, calls };
};

const succeeds = async () => 'made';
const fails = async () => {
  throw collision;
};

describe('a request with a key', () => {
  it('that succeeds needs no further call', async () => {
    expect(await run(succeeds, { digest: 'd', resource: 'r' })).toEqual({
      outcome: { value: 'made', replayed: false },
      calls: [],
    });
  });

  it('that was executed before is answered with the present state', async () => {
    expect(await run(fails, { digest: 'd', resource: 'r' })).toEqual({
      outcome: { value: 'r now', replayed: true },
      calls: ['find', 'present r'],
    });
  });

  it('that differs from the former request is a mismatch', async () => {
    const { outcome, calls } = await run(fails, { digest: 'other', resource: 'r' });
    expect(outcome).toMatchObject({ code: 'idempotency-mismatch' });
    expect(calls).toEqual(['find']);
  });

  it('that was never executed fails as before', async () => {
    expect(await run(fails, undefined)).toEqual({ outcome: collision, calls: ['find'] });
  });

  it('that fails by a bug still fails', async () => {
    const bug = new TypeError('bug');
    const { outcome, calls } = await run(() => Promise.reject(bug), { digest: 'd', resource: 'r' });
    expect([outcome, calls]).toEqual([bug, []]);
  });
});

it('a request without a key reads no store', async () => {
  const store = { find: () => Promise.reject(new Error('asked')) };
  await expect(once(store, undefined, fails, succeeds)).rejects.toBe(collision);
  expect(await once(store, undefined, succeeds, fails)).toEqual({ value: 'made', replayed: false });
});
