import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sha256 } from '../../../console/upload/sha256.ts';

const known = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('the digest is that of every other SHA-256, in whatever pieces the data comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }),
      fc.integer({ min: 0, max: 130 }),
      (pieces, more) => {
        const all = [...pieces, new Uint8Array(more).fill(0xa5)];
        const hash = new Sha256();
        for (const piece of all) hash.update(piece);
        expect(hash.digest()).toBe(known(Buffer.concat(all)));
      },
    ),
    { numRuns: 500 },
  );
});

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128])(
  'a message of %i bytes is padded as it has to be',
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, at) => at);
    const hash = new Sha256();
    hash.update(bytes);
    expect(hash.digest()).toBe(known(bytes));
  },
);

it('a length beyond 32 bits of bits is counted whole', () => {
  const piece = new Uint8Array(2 ** 20).fill(0x5a);
  const [hash, other] = [new Sha256(), createHash('sha256')];
  for (let round = 0; round < 513; round += 1) {
    hash.update(piece);
    other.update(piece);
  }
  expect(hash.digest()).toBe(other.digest('hex'));
});
