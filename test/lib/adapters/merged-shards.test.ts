import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge, type Shown, share } from '../../../lib/adapters/dynamodb/log/merged-shards.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

describe('a page of many shards', () => {
  it('is as full as possible, and balances the shards', () => {
    const pending = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 2_000 })), {
      minLength: 1,
      maxLength: 64,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), pending, (limit, each) => {
        const shares = share(limit, each);
        expect(sum(shares)).toBe(Math.min(limit, sum(each)));
        const sorted = [...each.keys()].sort((a, b) => (each[a] as number) - (each[b] as number));
        expect(shares.every((given, shard) => given <= (each[shard] as number))).toBe(true);
        const ascending = sorted.map((shard) => shares[shard] as number);
        expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
      }),
    );
  });

  it('has all items once, in the order of each shard and of time', () => {
    const shards = fc.array(fc.array(fc.nat({ max: 99 }), { maxLength: 9 }), { maxLength: 6 });
    fc.assert(
      fc.property(shards, fc.boolean(), (given, isSorted) => {
        const times = given.map((each) => (isSorted ? [...each].sort((a, b) => a - b) : each));
        const shown = times.map((each, shard) =>
          each.map((at, nth) => ({
            shard,
            position: nth + 1,
            event: { detail: { at: String(at).padStart(2, '0') } },
          })),
        );
        const merged = merge(shown as unknown as Shown[][]);
        for (const [shard, each] of shown.entries())
          expect(merged.filter((one) => one.shard === shard)).toEqual(each);
        const read = merged.map(({ event }) => event.detail.at);
        if (isSorted) expect(read).toEqual([...read].sort());
      }),
    );
  });
});
