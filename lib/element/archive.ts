import { once } from 'node:events';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { TaskportError } from '../errors.ts';
import { ArchiveRoot } from './archive-path.ts';
import { decompressor, MAGIC_BYTES } from './decompressor.ts';
import { PathIndex } from './path-index.ts';

/** An archive may unpack to more than this only at a plausible ratio. */
const MAX_UNREMARKABLE_BYTES = 64 * 1024 * 1024;
const MAX_RATIO = 200;
/** No archive is shorter: gzip and zstd have a header and a trailer, and tar has blocks of 512 bytes. */
const MIN_BYTES = 18;

/** Passes bytes on until there are implausibly many of them for what they came from. */
const guardRatio = (packedSize: number): Transform => {
  const limit = Math.max(MAX_UNREMARKABLE_BYTES, MAX_RATIO * packedSize);
  let seen = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length;
      if (seen <= limit) return done(null, chunk);
      const detail = `the archive unpacks to more than ${limit} bytes, ${MAX_RATIO} times its size`;
      return done(new TaskportError('data-error', detail));
    },
  });
};

/** What is known of an archive that was read to its end. */
export interface ArchiveContents {
  /** Bytes. */
  readonly unpackedSize: number;
  /** The index of its paths; absent where there are too many. */
  readonly paths?: Uint8Array;
}

/**
 * Reads a tar archive (POSIX.1-2017, pax; plain, gzip or zstd) as it comes, in bounded memory, and takes from
 * its headers what it unpacks to. What is wrong with it is told at the end, so that whoever feeds it can go on
 * reading for other reasons.
 */
export class ArchiveMeter {
  readonly #packedSize: number;
  readonly #input = new PassThrough();
  #outcome: Promise<Error | undefined> | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #failed = false;
  #fed = 0;
  #entries = 0;
  readonly #paths = new PathIndex();
  #unpackedSize = 0;

  /** `packedSize` is the archive's own size, in bytes. */
  constructor(packedSize: number) {
    this.#packedSize = packedSize;
  }

  /** Takes the next bytes; the first ones tell how the archive is compressed. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#failed || chunk.length === 0) return;
    this.#fed += chunk.length;
    let bytes = chunk;
    if (!this.#outcome) {
      bytes = Buffer.concat([this.#head, chunk]);
      this.#head = bytes;
      if (bytes.length < MAGIC_BYTES) return;
      this.#outcome = this.#run(bytes);
    }
    if (this.#input.write(bytes)) return;
    await Promise.race([once(this.#input, 'drain').catch(() => {}), this.#outcome]);
  }

  /**
   * What the archive unpacks to. Throws `unsupported-data-format` where the bytes are no archive, `data-error`
   * where it breaks off, climbs out of its root, or unpacks to implausibly much.
   */
  async end(): Promise<ArchiveContents> {
    if (this.#fed < MIN_BYTES)
      throw new TaskportError('unsupported-data-format', 'the data is no tar archive');
    this.#input.end();
    const error = await this.#outcome;
    if (error === undefined) {
      const paths = this.#paths.encode();
      return { unpackedSize: this.#unpackedSize, ...(paths ? { paths } : {}) };
    }
    if (error instanceof TaskportError) throw error;
    if (this.#entries === 0) {
      throw new TaskportError('unsupported-data-format', `the data is no tar archive: ${error.message}`);
    }
    throw new TaskportError(
      'data-error',
      `the archive breaks off after ${this.#entries} entries: ${error.message}`,
    );
  }

  async #run(head: Uint8Array): Promise<Error | undefined> {
    const tar = extract();
    const root = new ArchiveRoot();
    tar.on('entry', (header, stream, next) => {
      // The pipeline reports the failure; an unheard one here would end the process.
      stream.on('error', () => {});
      this.#entries += 1;
      try {
        this.#paths.add(root.add(header), header);
      } catch (error) {
        return tar.destroy(error as Error);
      }
      // Of a size that is no number, and of a directory that says it has one (POSIX.1-2017, pax, ustar: it has no
      // bytes whatever it says), the stream would never end.
      if (!Number.isSafeInteger(header.size)) return tar.destroy(new Error('Invalid header'));
      if (header.type === 'file' || header.type === 'contiguous-file') this.#unpackedSize += header.size ?? 0;
      if (header.type === 'directory') return next();
      stream.on('end', next);
      stream.resume();
    });
    try {
      const unpack = decompressor(head);
      await pipeline([this.#input, ...(unpack ? [unpack, guardRatio(this.#packedSize)] : []), tar]);
      root.close();
      return undefined;
    } catch (error) {
      this.#failed = true;
      return error as Error;
    }
  }
}

const CHUNK = 64 * 1024;

/** What an archive in memory unpacks to. Throws as `ArchiveMeter.end`. */
export const measureArchive = async (bytes: Uint8Array): Promise<ArchiveContents> => {
  const meter = new ArchiveMeter(bytes.length);
  for (let at = 0; at < bytes.length; at += CHUNK) await meter.write(bytes.subarray(at, at + CHUNK));
  return meter.end();
};
