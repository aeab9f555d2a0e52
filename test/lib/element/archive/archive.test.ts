import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureArchive } from '../../../../lib/element/archive/archive.ts';
import { TaskportError } from '../../../../lib/errors.ts';
import { tar } from '../../../functions/api/support.ts';
import { archiveOf } from '../../../uploading.ts';

/** A tar archive with one file of 6 bytes, compressed by `zstd -19`. */
const ZSTD = Buffer.from(
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==',
  'base64',
);
const BLOCK = 512;

let archive: Uint8Array;
beforeAll(async () => {
  archive = await tar({ 'bin/': '', 'bin/tool': 'x'.repeat(1_500), 'etc/hostname': 'box\n', empty: '' });
});

const sizeOf = async (bytes: Uint8Array): Promise<number> => (await measureArchive(bytes)).unpackedSize;

const codeOf = (bytes: Uint8Array): Promise<unknown> =>
  sizeOf(bytes).catch((error: unknown) => (error instanceof TaskportError ? error.code : error));

/** Writes into the header at `at`, and corrects its checksum. */
const rewrite = (bytes: Uint8Array, at: number, field: number, content: string | Uint8Array): Uint8Array => {
  const copy = Buffer.from(bytes);
  copy.set(Buffer.from(content), at + field);
  copy.fill(' ', at + 148, at + 156);
  const sum = copy.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  return copy;
};
const SIZE_FIELD = 124;
const TYPE_FIELD = 156;

describe('the unpacked size of an archive', () => {
  it('is the sum of its files, for any compression', async () => {
    expect(await sizeOf(archive)).toBe(1_504);
    expect(await sizeOf(gzipSync(archive))).toBe(1_504);
    expect(await sizeOf(Buffer.concat([gzipSync(archive.slice(0, 700)), gzipSync(archive.slice(700))]))).toBe(
      1_504,
    );
    expect(await sizeOf(ZSTD)).toBe(6);
  });

  it('is that of its files, for any number and size', async () => {
    const files = fc.dictionary(
      // Files end in a digit and directories do not, so no name is both.
      fc.stringMatching(/^([a-z]{1,30}\/){0,2}[a-z]{0,90}\d$/),
      fc.nat(5_000).map((size) => 'x'.repeat(size)),
      { maxKeys: 12, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(files, fc.boolean(), async (content, packed) => {
        const bytes = await tar(content);
        const size = Object.values(content).reduce((sum, text) => sum + text.length, 0);
        expect(await sizeOf(packed ? gzipSync(bytes) : bytes)).toBe(size);
      }),
      { numRuns: 50 },
    );
  });

  it('of an empty archive is 0', async () => {
    expect(await sizeOf(new Uint8Array(2 * BLOCK))).toBe(0);
    expect(await sizeOf(new Uint8Array(10_240))).toBe(0);
  });

  it('counts names too long for a header once, and no links', async () => {
    const long = await tar({ [`${'d'.repeat(120)}/${'f'.repeat(200)}`]: 'four' });
    expect(await sizeOf(long)).toBe(4);
    const link = await archiveOf({ name: 'a', content: 'four' }, { name: 'b', type: 'link', linkname: 'a' });
    expect(await sizeOf(link)).toBe(4);
  });

  it('ignores the size in the header of a directory', async () => {
    const sized = rewrite(archive, 0, SIZE_FIELD, '00000001000\0');
    expect(await sizeOf(sized)).toBe(1_504);
    expect(await sizeOf(gzipSync(sized))).toBe(1_504);
  });
});

describe('data that is no archive', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0)],
    ['text', Buffer.from('not an archive at all, but rather some text\n'.repeat(40))],
    ['gzip of text', gzipSync('not an archive')],
    ['the beginning of gzip', Uint8Array.of(0x1f, 0x8b)],
    ['the beginning of zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)],
    ['xz', Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, ...Array(600).fill(0))],
    ['zip', Buffer.from('PK\u0003\u0004'.padEnd(600, '\0'))],
  ])('is refused with that reason: %s', async (_, bytes) => {
    expect(await codeOf(bytes)).toBe('unsupported-data-format');
  });

  it('is the sender’s problem and never a bug, for any bytes', async () => {
    const magic = fc.constantFrom([], [0x1f, 0x8b, 8, 0], [0x28, 0xb5, 0x2f, 0xfd]);
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 3_000 }), async (head, tail) => {
        const outcome = await codeOf(Uint8Array.from([...head, ...tail]));
        expect(['unsupported-data-format', 'data-error', 0]).toContain(outcome);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a damaged archive', () => {
  const problems = ['unsupported-data-format', 'data-error'];

  it.each([
    ['plain', () => archive],
    ['gzip', () => gzipSync(archive)],
    ['zstd', () => ZSTD],
  ])('truncated anywhere is refused, or has lost only padding: %s', async (packing, make) => {
    const whole = make();
    const size = await sizeOf(whole);
    for (let length = 0; length < whole.length; length += packing === 'plain' ? 97 : 3) {
      const outcome = await codeOf(whole.subarray(0, length));
      if (packing === 'plain') expect([...problems, size, 0]).toContain(outcome);
      else expect(problems).toContain(outcome);
    }
    expect(await codeOf(archive.subarray(0, 3 * BLOCK))).toBe('data-error');
  });

  it('with any changed byte is refused or measured, and always answered', async () => {
    const samples = [archive, gzipSync(archive), ZSTD];
    const change = fc.record({ sample: fc.constantFrom(0, 1, 2), at: fc.nat(), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(change, async ({ sample, at, byte }) => {
        const copy = Uint8Array.from(samples[sample] as Uint8Array);
        copy[at % copy.length] = byte;
        const outcome = await codeOf(copy);
        if (typeof outcome === 'number') expect(outcome).toBeGreaterThanOrEqual(0);
        else expect(problems).toContain(outcome);
      }),
      { numRuns: 400 },
    );
  });

  it('with an invalid size is refused', async () => {
    const header = rewrite(archive, BLOCK, SIZE_FIELD, Uint8Array.of(0x89, ...Array(11).fill(1)));
    expect(await codeOf(header)).toBe('data-error');
    expect(await codeOf(gzipSync(header))).toBe('data-error');
  });

  it('with any size in any header is refused or measured, and always answered', async () => {
    const field = fc.oneof(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.stringMatching(/^[0-7 \0]{12}$/),
      fc.nat(archive.length).map((size) => `${size.toString(8).padStart(11, '0')}\0`),
      fc.constantFrom('\u0080\0\0\0\0\0\0\0\0\0\u0002\0', '77777777777\0', '-0000000001\0'),
    );
    const header = fc.constantFrom(0, BLOCK, 5 * BLOCK);
    // Unchanged, a directory, a link, and headers about the next entry.
    const type = fc.constantFrom('', '0', '5', '2', 'x', 'g', 'L', 'K');
    await fc.assert(
      fc.asyncProperty(field, header, type, async (content, at, flag) => {
        const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
        const typed = flag === '' ? archive : rewrite(archive, at, TYPE_FIELD, flag);
        const outcome = await codeOf(rewrite(typed, at, SIZE_FIELD, bytes));
        if (typeof outcome === 'number') expect(outcome).toBeLessThanOrEqual(archive.length);
        else expect(problems).toContain(outcome);
      }),
      { numRuns: 300 },
    );
  });
});

it('the size of an archive is its unpacked size, for any compression', async () => {
  const little = gzipSync(Buffer.concat([await tar({ a: '' }), Buffer.alloc(80 * 1024 * 1024)]));
  expect(await sizeOf(little)).toBe(0);
  const much = gzipSync(await tar({ a: Buffer.alloc(30 * 1024 * 1024) }));
  expect(await sizeOf(much)).toBe(30 * 1024 * 1024);
});
