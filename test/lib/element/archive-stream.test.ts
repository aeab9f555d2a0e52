/** Archives as they come from a store: in pieces of any size, larger than memory, and not always meant well. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArchiveMeter } from '../../../lib/element/archive.ts';
import type { TaskportError } from '../../../lib/errors.ts';
import { archiveOf } from '../../uploading.ts';

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

/** What an archive is found to be that comes in these pieces. */
const measure = async (pieces: Iterable<Uint8Array>, packedSize: number): Promise<unknown> => {
  const meter = new ArchiveMeter(packedSize);
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

/** A frame of zstd (RFC 8878) that is nothing but zeros: 4 bytes for every 128 KiB. */
const zstdOfZeros = (blocks: number): Buffer => {
  const size = 128 * 1024;
  const block = (isLast: boolean): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE((size << 3) | (1 << 1) | (isLast ? 1 : 0), 0, 3);
    return bytes;
  };
  const head = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38);
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, at) => block(at === blocks - 1))]);
};

describe('an archive that comes in pieces', () => {
  it.each([
    ['plain', () => archive, 3004],
    ['gzip', () => gzipSync(archive), 3004],
    ['zstd', () => ZSTD, 6],
  ])('is what it is, byte by byte and however it is cut: %s', async (_, make, unpackedSize) => {
    const bytes = make();
    expect(await measure(inPieces(bytes, 1), bytes.length)).toBe(unpackedSize);
    expect(await measure(inPieces(bytes, 3, 500), bytes.length)).toBe(unpackedSize);
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        expect(await measure(inPieces(bytes, ...each), bytes.length)).toBe(unpackedSize);
      }),
      { numRuns: 20 },
    );
  });

  it('is refused as if it came whole, and takes all that is fed to it afterwards', async () => {
    const bad = Buffer.from(
      await archiveOf(
        { name: 'fine', content: 'x' },
        { name: '../bad' },
        { name: 'more', content: randomBytes(9000) },
      ),
    );
    const problem = { code: 'data-error', entry: '../bad' };
    expect(await measure([bad], bad.length)).toMatchObject(problem);
    expect(await measure(inPieces(bad, 7), bad.length)).toMatchObject(problem);
    expect(await measure([...inPieces(gzipSync(bad), 100), randomBytes(MIB)], bad.length)).toMatchObject(
      problem,
    );
  });

  it('is no archive where it is nothing, or empty pieces', async () => {
    expect(await measure([], 0)).toMatchObject({ code: 'unsupported-data-format' });
    expect(await measure([Buffer.alloc(0), Buffer.alloc(0)], 0)).toMatchObject({
      code: 'unsupported-data-format',
    });
    expect(await measure([Buffer.of(0x1f), Buffer.of(0x8b)], 2)).toMatchObject({
      code: 'unsupported-data-format',
    });
  });
});

describe('what an archive holds', () => {
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
    expect(await measure([bytes], bytes.length)).toBe(unpackedSize);
  });

  it.each([
    [
      'before',
      [
        { name: 'a/b', type: 'symlink', linkname: '..' },
        { name: 'a/b/../x', content: 'x' },
      ],
      'a/b/../x',
    ],
    [
      'after',
      [
        { name: 'l', type: 'symlink', linkname: 'a/b/../x' },
        { name: 'a/b', type: 'symlink', linkname: '/' },
      ],
      'l',
    ],
  ] as const)(
    'may not leave the root by way of a link, though that was put there %s',
    async (_, entries, entry) => {
      const bytes = Buffer.from(await archiveOf(...entries));
      expect(await measure([bytes], bytes.length)).toMatchObject({ code: 'data-error', entry });
    },
  );
});

describe('a bomb', () => {
  it.each([
    ['gzip', () => gzipSync(Buffer.alloc(70 * MIB))],
    ['zstd', () => zstdOfZeros(70 * 8)],
  ])('is told from large archives by what it is packed to: %s', async (_, make) => {
    const bytes = make();
    const problem = { code: 'data-error', message: expect.stringContaining('unpacks to more than') };
    expect(await measure([bytes], bytes.length)).toMatchObject(problem);
    expect(await measure([bytes], MIB)).toBe(0);
  });

  it('of zstd takes no more memory than others', async () => {
    // One piece of it unpacks to 2 GiB.
    const bytes = zstdOfZeros(16_000);
    const before = process.resourceUsage().maxRSS;
    expect(await measure([bytes], MIB)).toMatchObject({ code: 'data-error' });
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
  });
});
