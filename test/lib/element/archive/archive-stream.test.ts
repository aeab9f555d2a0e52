/** Archives from a store: in chunks of any size, larger than memory, and sometimes malicious. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArchiveMeter, type MeterOptions } from '../../../../lib/element/archive/archive.ts';
import type { TaskportError } from '../../../../lib/errors.ts';
import { longMatches, manyFrames, tinyBlocks, zeros } from '../../../archives/zstd-bytes.ts';
import { archiveOf } from '../../../uploading.ts';

/** A tar archive with one file of 6 bytes, compressed by `zstd -19`. */
const ZSTD = Buffer.from(
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==',
  'base64',
);
const MIB = 2 ** 20;

let archive: Buffer;
beforeAll(async () => {
  archive = Buffer.from(
    await archiveOf(
      { name: 'bin', type: 'directory' },
      { name: 'bin/tool', content: randomBytes(3000) },
      { name: 'bin/sh', type: 'symlink', linkname: 'tool' },
      { name: 'etc/hostname', content: 'box\n' },
    ),
  );
});

/** The result for an archive in these chunks. */
const measure = async (pieces: Iterable<Uint8Array>, options?: MeterOptions): Promise<unknown> => {
  const meter = new ArchiveMeter(options);
  for (const piece of pieces) await meter.write(piece);
  return meter.end().then(
    ({ unpackedSize }) => unpackedSize,
    ({ code, members, message }: TaskportError) => ({ code, message, ...members }),
  );
};
const inPieces = function* (bytes: Buffer, ...sizes: number[]): Iterable<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
};

describe('an archive in chunks', () => {
  it.each([
    ['plain', () => archive, 3004],
    ['gzip', () => gzipSync(archive), 3004],
    ['zstd', () => ZSTD, 6],
  ])('gives the same result for any chunks: %s', async (_, make, unpackedSize) => {
    const bytes = make();
    expect(await measure(inPieces(bytes, 1))).toBe(unpackedSize);
    expect(await measure(inPieces(bytes, 3, 500))).toBe(unpackedSize);
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        expect(await measure(inPieces(bytes, ...each))).toBe(unpackedSize);
      }),
      { numRuns: 20 },
    );
  });

  it('is refused as if it were complete, and accepts all later chunks', async () => {
    const bad = Buffer.from(
      await archiveOf(
        { name: 'fine', content: 'x' },
        { name: '../bad' },
        { name: 'more', content: randomBytes(9000) },
      ),
    );
    const problem = { code: 'data-error', entry: '../bad' };
    expect(await measure([bad])).toMatchObject(problem);
    expect(await measure(inPieces(bad, 7))).toMatchObject(problem);
    expect(await measure([...inPieces(gzipSync(bad), 100), randomBytes(MIB)])).toMatchObject(problem);
  });

  it('is no archive if it is empty', async () => {
    expect(await measure([])).toMatchObject({ code: 'unsupported-data-format' });
    expect(await measure([Buffer.alloc(0), Buffer.alloc(0)])).toMatchObject({
      code: 'unsupported-data-format',
    });
    expect(await measure([Buffer.of(0x1f), Buffer.of(0x8b)])).toMatchObject({
      code: 'unsupported-data-format',
    });
  });
});

describe('the contents of an archive', () => {
  it.each([
    [
      'devices and pipes',
      [
        { name: 'null', type: 'character-device' },
        { name: 'pipe', type: 'fifo' },
      ],
      0,
    ],
    [
      'hard links',
      [
        { name: 'a', content: '12345' },
        { name: 'b', type: 'link', linkname: 'a' },
      ],
      5,
    ],
    [
      'a name twice',
      [
        { name: 'a', content: '12345' },
        { name: 'a', content: '123' },
      ],
      8,
    ],
    [
      'the root itself',
      [
        { name: './', type: 'directory' },
        { name: './a', content: '1' },
      ],
      1,
    ],
  ] as const)('is counted by its files: %s', async (_, entries, unpackedSize) => {
    const bytes = Buffer.from(await archiveOf(...entries));
    expect(await measure([bytes])).toBe(unpackedSize);
  });
});

describe('an archive that unpacks to much data', () => {
  it.each([
    ['gzip', () => gzipSync(Buffer.alloc(70 * MIB))],
    ['zstd', () => zeros(70)],
  ])('is recognised: %s', async (_, make) => expect(await measure([make()])).toBe(0));

  it.each([
    ['2 GiB in one piece', () => zeros(2048), 0],
    [
      'a window that is announced, of 8 MiB, in each of a hundred thousand frames',
      () => manyFrames(100_000, 23),
      0,
    ],
    ['blocks of one byte', () => tinyBlocks(200_000), 'unsupported-data-format'],
  ])('needs no more memory than others: %s', async (_, make, answer) => {
    const bytes = make();
    const before = process.resourceUsage().maxRSS;
    expect(await measure([bytes])).toEqual(answer === 0 ? 0 : expect.objectContaining({ code: answer }));
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 * 1024);
  });

  it('lets other work run in between', async () => {
    let [turns, isRead] = [0, false];
    const turn = (): void => {
      turns += 1;
      if (!isRead) setImmediate(turn);
    };
    setImmediate(turn);
    await measure([zeros(1024)]);
    isRead = true;
    expect(turns).toBeGreaterThan(200);
  });

  it('is refused before it is unpacked if one block claims to be larger than a block', async () => {
    // Without the check, these 65,000 bytes cause four thousand million to be copied: more than a minute of blocked work.
    expect(await measure([longMatches(32_600)])).toMatchObject({
      code: 'unsupported-data-format',
      message: expect.stringContaining('a block is too long'),
    });
  });
});
