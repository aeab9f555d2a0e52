import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { numbering } from './numbering.ts';

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, '1', 'a', '', true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'a,b', '1'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

it('equal values have equal numbers, and different ones have different numbers, from 0', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 2, maxLength: 20 }), (all) => {
      const numberOf = numbering();
      const numbers = all.map(numberOf);
      for (const [at, one] of all.entries())
        expect(all.map((other) => isDeepStrictEqual(one, other))).toEqual(
          numbers.map((number) => number === numbers[at]),
        );
      expect(Math.max(...numbers)).toBe(new Set(numbers).size - 1);
    }),
  );
});

it('the order of members does not matter, nor an undefined member', () => {
  const numberOf = numbering();
  const number = numberOf({ a: 1, b: { c: 2, d: 3 } });
  expect(numberOf({ b: { d: 3, c: 2 }, e: undefined, a: 1 })).toBe(number);
  expect(numberOf({ a: 1, b: { c: 3, d: 2 } })).not.toBe(number);
});

it('names are compared for equality alone', () => {
  const numberOf = numbering((leaf, member) => member === 'revision' && leaf !== 0);
  const state = (...revisions: number[]) => revisions.map((revision) => ({ revision, at: 7 }));
  const number = numberOf(state(5, 6, 5));
  expect(numberOf(state(8, 7, 8))).toBe(number);
  for (const other of [state(5, 5, 6), state(5, 6, 7), state(0, 6, 0)])
    expect(numberOf(other)).not.toBe(number);
});

it('values with the same hash have different numbers', () => {
  const numberOf = numbering();
  const value = (at: number): string[] => [
    ...(Math.imul(at, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
  ];
  for (let at = 0; at < 100_000; at += 1) if (numberOf(value(at)) !== at) expect(value(at)).toBe('another');
});
