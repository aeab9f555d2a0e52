import { Duplex, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../layer.ts';

const startsWith = (bytes: Uint8Array, magic: string): boolean =>
  Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') === magic;

/** Bytes that are unpacked at a time: with zlib's default of 16 KiB, most of the work is to pass pieces on. */
const CHUNK = 256 * 1024;

/** gzip (RFC 1952) with any number of members, and without padding, which Docker and containerd refuse too. */
const createUnzip = (): Duplex =>
  Duplex.from(async function* (packed: AsyncIterable<Uint8Array>) {
    let fed = 0;
    const counted = async function* () {
      for await (const chunk of packed) {
        fed += chunk.length;
        yield chunk;
      }
    };
    const unzip = createGunzip({ chunkSize: CHUNK });
    try {
      // Errors reach the reader.
      yield* pipeline(counted, unzip, () => {}) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw new Error(`gzip: ${(error as Error).message}`);
    }
    if (unzip.bytesWritten < fed) throw new Error('gzip: other data follows the last member');
  });

/** zstd (RFC 8878), which zlib of Node 20 lacks. The first archive that uses it loads it; few do. */
const createUnzstd = (): Duplex =>
  Duplex.from(async function* (packed: AsyncIterable<Uint8Array>) {
    const { unpackFrames } = await import('./zstd/frames.ts');
    yield* unpackFrames(packed);
  });

/** The number of first bytes that show the compression of an archive. */
export const MAGIC_BYTES = 4;

const isZstd = (head: Uint8Array): boolean =>
  startsWith(head, '\x28\xb5\x2f\xfd') ||
  (((head[0] as number) & 0xf0) === 0x50 && startsWith(head.subarray(1), '\x2a\x4d\x18'));

/** The compression of an archive with these first bytes. */
export const compressionOf = (head: Uint8Array): Compression => {
  if (startsWith(head, '\x1f\x8b')) return 'gzip';
  return isZstd(head) ? 'zstd' : 'none';
};

/** The decompressor for an archive with these first bytes; undefined if it is not compressed. */
export const decompressor = (head: Uint8Array): Duplex | undefined =>
  ({ none: () => undefined, gzip: createUnzip, zstd: createUnzstd })[compressionOf(head)]();

const OTHERS = {
  BZh: 'bzip2',
  '\xfd7zXZ': 'xz',
  'PK\x03\x04': 'zip',
  '7z\xbc\xaf': '7z',
  '\x04"M\x18': 'lz4',
};

/**
 * The name of the format of data with these first bytes, if users often mistake that format for a supported
 * archive.
 */
export const nameFormat = (head: Uint8Array): string | undefined =>
  Object.entries(OTHERS).find(([magic]) => startsWith(head, magic))?.[1];
