import { Duplex, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../layer.ts';

const startsWith = (bytes: Uint8Array, magic: string): boolean =>
  Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') === magic;

/** Bytes that are unpacked at a time: of the 16 KiB that zlib takes by itself, handing them on is most of the work. */
const CHUNK = 256 * 1024;

/** gzip (RFC 1952), of any number of members, and nothing behind them: padding is no gzip to Docker and containerd either. */
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
      // What goes wrong is told to who reads.
      yield* pipeline(counted, unzip, () => {}) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw new Error(`gzip: ${(error as Error).message}`);
    }
    if (unzip.bytesWritten < fed) throw new Error('gzip: something that is none follows the last of it');
  });

/** zstd (RFC 8878): Node 20's zlib has none. Loaded with the first archive that has it: few do. */
const createUnzstd = (): Duplex =>
  Duplex.from(async function* (packed: AsyncIterable<Uint8Array>) {
    const { unpackFrames } = await import('./zstd/frames.ts');
    yield* unpackFrames(packed);
  });

/** The number of bytes that tell how an archive is compressed. */
export const MAGIC_BYTES = 4;

const isZstd = (head: Uint8Array): boolean =>
  startsWith(head, '\x28\xb5\x2f\xfd') ||
  (((head[0] as number) & 0xf0) === 0x50 && startsWith(head.subarray(1), '\x2a\x4d\x18'));

/** How an archive is compressed that begins so. */
export const compressionOf = (head: Uint8Array): Compression => {
  if (startsWith(head, '\x1f\x8b')) return 'gzip';
  return isZstd(head) ? 'zstd' : 'none';
};

/** What takes the compression off an archive that begins so; undefined where there is none. */
export const decompressor = (head: Uint8Array): Duplex | undefined =>
  ({ none: () => undefined, gzip: createUnzip, zstd: createUnzstd })[compressionOf(head)]();

const OTHERS = {
  BZh: 'bzip2',
  '\xfd7zXZ': 'xz',
  'PK\x03\x04': 'zip',
  '7z\xbc\xaf': '7z',
  '\x04"M\x18': 'lz4',
};

/** What the format is called of data that begins so, where it is one of those that are taken for archives and are not. */
export const nameFormat = (head: Uint8Array): string | undefined =>
  Object.entries(OTHERS).find(([magic]) => startsWith(head, magic))?.[1];
