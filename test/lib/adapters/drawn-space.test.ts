import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawn } from '../../../lib/adapters/dynamodb/protocol/space.ts';

const sum = (parts: readonly number[]): number => parts.reduce((all, part) => all + part, 0);

/** Shares, one of them too small, and a need: more than that share has, but no more than all have. */
const shortages = fc
  .record({
    left: fc.array(fc.nat(1_000), { minLength: 2, maxLength: 32 }),
    own: fc.nat(31),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ left, own, part }) => ({ left, own: own % left.length, part }))
  .map(({ left, own, part }) => ({ left, own, least: (left[own] ?? 0) + 1, most: sum(left), part }))
  .filter(({ least, most }) => least <= most)
  .map(({ left, own, least, most, part }) => ({ left, own, kib: least + Math.floor(part * (most - least)) }));

test('the drawn amounts add up to the need, and leave no share negative', () => {
  fc.assert(
    fc.property(shortages, ({ left, own, kib }) => {
      const taken = drawn(left, own, kib);
      expect(sum(taken)).toBe(kib);
      for (const [share, there] of left.entries())
        expect(there - (taken[share] ?? 0)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('the share that was too small afterwards has as much as the richest, so that the next request finds enough', () => {
  const left = [1_000, 0, 10];
  const taken = drawn(left, 1, 100);
  expect(left.map((there, share) => there - (taken[share] ?? 0))).toEqual([450, 450, 10]);
});

test('a share that has enough by now is the only one used', () => {
  expect(drawn([1_000, 100, 10], 1, 100)).toEqual([0, 100, 0]);
});
