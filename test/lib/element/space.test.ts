import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeSpace, spaceAttributes, toKib } from '../../../lib/element/space.ts';

const bytes = fc.nat(2 ** 40);
const kib = fc.nat(2 ** 31 - 1);
const parent = fc.option(fc.record({ usedSize: bytes, capacity: kib }), { nil: undefined });

describe('the space of an element', () => {
  it.each([
    [undefined, 0, 0, { usedSize: 0, capacity: 0 }],
    [undefined, 1, 0, { usedSize: 1, capacity: 1 }],
    [undefined, 1024, 5, { usedSize: 1024, capacity: 6 }],
    [{ usedSize: 1000, capacity: 10 }, 25, 0, { usedSize: 1025, capacity: 10 }],
    [{ usedSize: 1000, capacity: 10 }, 25, 8, { usedSize: 1025, capacity: 10 }],
    [{ usedSize: 1000, capacity: 10 }, 25, 9, { usedSize: 1025, capacity: 11, resizedFrom: 10 }],
    [{ usedSize: 0, capacity: 0 }, 1, 0, { usedSize: 1, capacity: 1, resizedFrom: 0 }],
  ])('over %j, with %i bytes and %i KiB free, is %j', (base, unpacked, free, expected) => {
    expect(computeSpace(base, unpacked, free)).toEqual(expected);
  });

  it('holds the used and the free space, and is at least the parent’s and no larger than necessary', () => {
    fc.assert(
      fc.property(parent, bytes, kib, (base, unpacked, free) => {
        const { usedSize, capacity, resizedFrom } = computeSpace(base, unpacked, free);
        expect(usedSize).toBe((base?.usedSize ?? 0) + unpacked);
        const needed = Math.ceil(usedSize / 1024) + free;
        expect(capacity * 1024).toBeGreaterThanOrEqual(usedSize + free * 1024);
        expect([needed, base?.capacity]).toContain(capacity);
        expect(capacity).toBeGreaterThanOrEqual(base?.capacity ?? 0);
        expect(resizedFrom).toBe(base && capacity > base.capacity ? base.capacity : undefined);
      }),
    );
  });

  it('is shown only if it has some', () => {
    expect(spaceAttributes(false, undefined, 5_000, 5)).toEqual({});
    expect(spaceAttributes(true, undefined, 5_000, undefined)).toEqual({ capacity: 5 });
    expect(spaceAttributes(true, { usedSize: 0, capacity: 3 }, 0, 4)).toEqual({
      freeSpace: 4,
      capacity: 4,
      resizedFrom: 3,
    });
  });
});

it('bytes are rounded up to whole KiB', () => {
  expect([0, 1, 1023, 1024, 1025].map(toKib)).toEqual([0, 1, 1, 1, 2]);
});
