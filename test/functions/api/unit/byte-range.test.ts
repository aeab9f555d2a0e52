import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRange } from '../../../../functions/api/registry/byte-range.ts';

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', 10, { from: 0, to: 1 }],
    ['bytes=3-', 10, { from: 3, to: 10 }],
    ['bytes=3-100', 10, { from: 3, to: 10 }],
    ['bytes=-4', 10, { from: 6, to: 10 }],
    ['bytes=-40', 10, { from: 0, to: 10 }],
    ['BYTES=9-9', 10, { from: 9, to: 10 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=5-3', 10, undefined],
    ['bytes=-', 10, undefined],
    ['bytes=0-1,4-5', 10, undefined],
    ['bytes=a-b', 10, undefined],
    ['lines=0-1', 10, undefined],
    ['', 10, undefined],
    [undefined, 10, undefined],
  ] as const)('%s of %i', (header, size, range) => {
    expect(readRange(header, size)).toEqual(range);
  });

  it('is within the bytes, for any header', () => {
    const bound = fc.oneof(fc.nat(20).map(String), fc.constant(''), fc.string());
    fc.assert(
      fc.property(bound, bound, fc.nat(12), (first, last, size) => {
        const range = readRange(`bytes=${first}-${last}`, size);
        if (typeof range !== 'object') return;
        expect(range.from).toBeGreaterThanOrEqual(0);
        expect(range.from).toBeLessThan(range.to);
        expect(range.to).toBeLessThanOrEqual(size);
      }),
    );
  });
});
