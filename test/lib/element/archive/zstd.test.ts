/** Decompression of zstd: the output of its program, and any other bytes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackFrames } from '../../../../lib/element/archive/zstd/frames.ts';
import { Xxh64 } from '../../../../lib/element/archive/zstd/xxh64.ts';
import { sampleText } from '../../../archives/sample-text.ts';
import { frame, segment, skippable } from '../../../archives/zstd-bytes.ts';
import { titled } from '../../../bundle.ts';

const text = sampleText();
const sample = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, `../../../archives/samples/${name}.zst`));

/** The decompressed bytes, from chunks of this size. */
const unpack = async (bytes: Uint8Array, piece = 1 << 16): Promise<Buffer> => {
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
  return buffer(unpackFrames(pieces()));
};

describe('the output of zstd', () => {
  it.each(['fast', 'usual', 'best'])(
    'is decompressed to the original from pieces of any size: %s',
    async (name) => {
      for (const piece of [1, 3, 1000, 1 << 20]) {
        expect((await unpack(sample(name), piece)).equals(text)).toBe(true);
      }
    },
  );

  const without = spawnSync('zstd', ['--version']).status === 0 ? undefined : 'there is no zstd';
  it.skipIf(without !== undefined)(
    titled('is decompressed to the original, at every level', without),
    async () => {
      const word = fc.oneof(fc.stringMatching(/^[a-c]{1,8}$/), fc.constant('the same again '), fc.string());
      const content = fc.oneof(
        fc.array(word, { maxLength: 2000 }).map((words) => Buffer.from(words.join(''))),
        fc
          .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(3000))
          .map(([bytes, times]) => Buffer.concat(Array<Uint8Array>(times).fill(bytes)).subarray(0, 400_000)),
        fc.tuple(fc.nat(200_000), fc.nat(text.length)).map(([from, to]) => text.subarray(from, from + to)),
      );
      const level = fc.constantFrom('--fast=9', '-1', '-3', '-6', '-12', '-16', '-19');
      await fc.assert(
        fc.asyncProperty(content, level, fc.boolean(), async (bytes, how, hasSum) => {
          const { stdout } = spawnSync('zstd', ['-qc', how, hasSum ? '--check' : '--no-check'], {
            input: bytes,
            maxBuffer: 2 ** 24,
          });
          expect((await unpack(stdout)).equals(bytes)).toBe(true);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('is all of its frames together', async () => {
    const parts = [
      frame(text.subarray(0, 150_000)),
      skippable('between'),
      segment(Buffer.from('x')),
      sample('best'),
    ];
    const whole = Buffer.concat([text.subarray(0, 150_000), Buffer.from('x'), text]);
    expect((await unpack(Buffer.concat(parts))).equals(whole)).toBe(true);
  });
});

describe('any bytes', () => {
  it('are decompressed or refused, in limited time', async () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('fast', 'usual', 'best'),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 400 }),
        async (name, changes, within) => {
          const copy = sample(name);
          // Most of a block's headers are at its start.
          for (const { at, byte } of changes) copy[at % (at % 2 === 0 ? within : copy.length)] = byte;
          const unpacked = await unpack(copy).catch((error: unknown) => error);
          if (!(unpacked instanceof Error)) return;
          refused += 1;
          expect(unpacked.message).toMatch(/zstd/);
        },
      ),
      { numRuns: 600 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('after the magic number of a frame are too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (tail) => {
        const bytes = Buffer.concat([frame(Buffer.alloc(0)).subarray(0, 4), tail]);
        const unpacked = await unpack(bytes).catch((error: unknown) => error);
        if (unpacked instanceof Error) expect(unpacked.message).toMatch(/zstd/);
      }),
      { numRuns: 1000 },
    );
  });
});

it('the checksum is XXH64, for any chunks', () => {
  const bytes = Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 7) & 255));
  const sum = (...pieces: Uint8Array[]): number => {
    const hash = new Xxh64();
    for (const piece of pieces) hash.update(piece);
    return hash.digest();
  };
  // The lower halves of the specification's values.
  expect(sum().toString(16)).toBe('51d8e999');
  expect(sum(Buffer.from('abc')).toString(16)).toBe('ad770999');
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      expect(sum(bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to))).toBe(sum(bytes));
    }),
  );
});
