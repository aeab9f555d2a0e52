import { Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';

const startsWith = (bytes: Uint8Array, ...magic: number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

/** Four bytes of zstd make up to 128 KiB, so that these come to 16 MiB at most before the next are asked for. */
const ZSTD_BITE = 512;

/** zstd (RFC 8878): Node 20's zlib has none. Loaded with the first archive that has it: few do. */
const createUnzstd = (): Duplex =>
  Duplex.from(async function* (packed: AsyncIterable<Uint8Array>) {
    const { Decompress } = await import('fzstd');
    let unpacked: Uint8Array[] = [];
    const decompress = new Decompress((chunk) => unpacked.push(chunk));
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += ZSTD_BITE) {
        decompress.push(chunk.subarray(at, at + ZSTD_BITE));
        yield* unpacked;
        unpacked = [];
      }
    }
    decompress.push(new Uint8Array(0), true);
    yield* unpacked;
  });

/** So many bytes tell how an archive is compressed. */
export const MAGIC_BYTES = 4;

/** What takes the compression off an archive that begins so; undefined where there is none. */
export const decompressor = (head: Uint8Array): Duplex | undefined => {
  if (startsWith(head, 0x1f, 0x8b)) return createGunzip();
  if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) return createUnzstd();
  return undefined;
};
