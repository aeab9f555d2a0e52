import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { extract } from 'tar-stream';
import { TaskportError } from '../errors.ts';

/** An archive may unpack to more than this only at a plausible ratio. */
const MAX_UNREMARKABLE_BYTES = 64 * 1024 * 1024;
const MAX_RATIO = 200;
const CHUNK = 64 * 1024;

const startsWith = (bytes: Uint8Array, ...magic: number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

/** zstd (RFC 8878): Node 20's zlib has none. */
const createUnzstd = (): Transform => {
  const decompress = new Decompress();
  return new Transform({
    construct(done) {
      decompress.ondata = (chunk) => this.push(chunk);
      done();
    },
    transform(chunk: Uint8Array, _encoding, done) {
      try {
        decompress.push(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        decompress.push(new Uint8Array(0), true);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
};

const decompressor = (bytes: Uint8Array): Transform[] => {
  if (startsWith(bytes, 0x1f, 0x8b)) return [createGunzip()];
  if (startsWith(bytes, 0x28, 0xb5, 0x2f, 0xfd)) return [createUnzstd()];
  return [];
};

/** Passes bytes on until there are implausibly many of them for what they came from. */
const guardRatio = (packedSize: number): Transform => {
  const limit = Math.max(MAX_UNREMARKABLE_BYTES, MAX_RATIO * packedSize);
  let seen = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      if (seen <= limit) return done(null, chunk);
      return done(
        new TaskportError(
          'data-error',
          `the archive unpacks to more than ${limit} bytes, ${MAX_RATIO} times its size`,
        ),
      );
    },
  });
};

/**
 * The unpacked size, in bytes, of a tar archive (POSIX.1-2017, pax; plain, gzip or zstd), counted from its
 * headers. Throws `unsupported-data-format` where the bytes are none, `data-error` where it breaks off.
 */
export const measureArchive = async (bytes: Uint8Array): Promise<number> => {
  let unpackedSize = 0;
  let entries = 0;
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    entries += 1;
    if (header.type === 'file' || header.type === 'contiguous-file') unpackedSize += header.size ?? 0;
    // The pipeline reports the failure; an unheard one here would end the process.
    stream.on('error', () => {});
    // Of a size that is no number, and of a directory that says it has one (POSIX.1-2017, pax, ustar: it has no
    // bytes whatever it says), the stream would never end.
    if (!Number.isSafeInteger(header.size)) return tar.destroy(new Error('Invalid header'));
    if (header.type === 'directory') return next();
    stream.on('end', next);
    stream.resume();
  });
  if (bytes.length < 18) throw new TaskportError('unsupported-data-format', 'the data is no tar archive');
  try {
    await pipeline([Readable.from(chunks(bytes)), ...decompressor(bytes), guardRatio(bytes.length), tar]);
  } catch (error) {
    if (error instanceof TaskportError) throw error;
    const reason = (error as Error).message;
    if (entries === 0)
      throw new TaskportError('unsupported-data-format', `the data is no tar archive: ${reason}`);
    throw new TaskportError('data-error', `the archive breaks off after ${entries} entries: ${reason}`);
  }
  return unpackedSize;
};
