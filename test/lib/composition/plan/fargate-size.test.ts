import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fargateCpus, fargateMemory } from '../../../../lib/composition/plan/fargate-size.ts';

/** All sizes in the Amazon ECS developer guide (Fargate task size). */
const gib = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * 1024);
const sizes: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: gib(1, 4),
  1024: gib(2, 8),
  2048: gib(4, 16),
  4096: gib(8, 30),
  8192: gib(16, 60, 4),
  16384: gib(32, 120, 8),
};

describe('a size of Fargate', () => {
  it('is the smallest with its CPU that is large enough, or none', () => {
    expect(fargateCpus).toEqual(Object.keys(sizes).map(Number));
    const room = fc.oneof(
      fc.integer({ min: 1, max: 130_000 }),
      fc.constantFrom(...Object.values(sizes).flat()),
    );
    fc.assert(
      fc.property(fc.constantFrom(...fargateCpus), room, (cpu, mib) => {
        expect(fargateMemory(cpu, mib)).toBe(sizes[cpu]?.find((one) => one >= mib));
      }),
      { numRuns: 2000 },
    );
  });
});
