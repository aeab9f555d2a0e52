/** Damaged archives of every row of the table: each is accepted or refused, at a limited cost. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { measureArchive } from '../../../../lib/element/archive/archive.ts';
import { TaskportError } from '../../../../lib/errors.ts';
import { rows } from '../../../archives/rows.ts';
import { BLOCK } from '../../../archives/tar-bytes.ts';
import { frame } from '../../../archives/zstd-bytes.ts';

const SMALL = 2 ** 16;
/** Small ones only; some rows are about large ones. */
const LARGE = ['Much data that', 'Many files', 'More than'];
const seeds = Object.entries(rows)
  .filter(([what]) => !LARGE.some((start) => what.startsWith(start)))
  .flatMap(([, cases]) => Object.values(cases).map(({ make }) => Buffer.from(make())))
  .filter(({ length }) => length >= BLOCK && length <= SMALL);

/** Corrects the checksum of the header at `at`, so that the reader looks at the damage. */
const summed = (bytes: Bytes, at: number): Bytes => {
  if (at + BLOCK > bytes.length) return bytes;
  bytes.fill(' ', at + 148, at + 156);
  const sum = bytes.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  return bytes;
};

type Bytes = Buffer<ArrayBufferLike>;
type Change = (bytes: Bytes) => Bytes;
const byte: fc.Arbitrary<Change> = fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => (bytes) => {
  bytes[at % bytes.length] = value;
  return bytes;
});
/** Another byte in a header, with a correct checksum. */
const field: fc.Arbitrary<Change> = fc
  .tuple(fc.nat(), fc.nat(BLOCK - 1), fc.nat(255))
  .map(([nth, at, value]) => (bytes) => {
    const block = (nth % Math.ceil(bytes.length / BLOCK)) * BLOCK;
    bytes[(block + at) % bytes.length] = value;
    return summed(bytes, block);
  });
const cut: fc.Arbitrary<Change> = fc.nat().map((at) => (bytes) => bytes.subarray(0, 1 + (at % bytes.length)));
const again: fc.Arbitrary<Change> = fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => (bytes) => {
  const [one, other] = [from, to].map((at) => (at % Math.ceil(bytes.length / BLOCK)) * BLOCK) as [
    number,
    number,
  ];
  return Buffer.concat([bytes.subarray(0, one), bytes.subarray(other, other + BLOCK), bytes.subarray(one)]);
});
const changes = fc.array(fc.oneof({ weight: 3, arbitrary: field }, byte, cut, again), {
  minLength: 1,
  maxLength: 5,
});
const packing = fc.constantFrom<Change>(
  (bytes) => bytes,
  (bytes) => gzipSync(bytes),
  (bytes) => frame(bytes),
);

it('a damaged archive is accepted or refused', async () => {
  const before = process.resourceUsage().maxRSS;
  let taken = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(seeds.length - 1),
      changes,
      packing,
      fc.boolean(),
      async (seed, all, pack, isLayer) => {
        const damaged = all.reduce<Bytes>(
          (bytes, change) => change(bytes),
          Buffer.from(seeds[seed] as Buffer),
        );
        const outcome = await measureArchive(pack(damaged), { isLayer }).catch((error: unknown) => error);
        runs += 1;
        if (outcome instanceof TaskportError) {
          expect(outcome.code).toBeOneOf(['data-error', 'unsupported-data-format']);
          return;
        }
        taken += 1;
        expect(outcome).toMatchObject({ unpackedSize: expect.any(Number) });
      },
    ),
    { numRuns: 1500 },
  );
  // Both answers occur.
  expect(taken).toBeGreaterThan(runs / 20);
  expect(taken).toBeLessThan(runs);
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
});
