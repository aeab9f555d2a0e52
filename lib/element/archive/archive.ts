import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as others } from 'node:timers/promises';
import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { Checksum } from '../checksum.ts';
import type { Compression } from '../layer.ts';
import { ArchiveRoot } from './archive-path.ts';
import { measureAttributes } from './attributes.ts';
import { ByteSource } from './byte-source.ts';
import { compressionOf, decompressor, MAGIC_BYTES, nameFormat } from './decompressor.ts';
import { ImageArchive } from './image-archive.ts';
import { PathIndex } from './path-index.ts';
import { refuse, shown, told } from './refusal.ts';
import { readTar, type TarEntry } from './tar-reader.ts';

const GIB = 2 ** 30;
/** The most bytes that an archive may unpack to: twice what can be uploaded, and few enough to read in time. */
export const MAX_UNPACKED = 64 * GIB;
/** Bytes of an unpacked archive that is read within a call. */
const MAX_WITHIN_CALL = GIB / 4;
/** The most entries, and paths, of an archive: each takes some ten microseconds and a hundred bytes to read. */
const MAX_ENTRIES = 1_000_000;
/** Bytes of the paths of all entries, and of all directories on their way. */
const MAX_PATH_BYTES = GIB / 4;
/** Bytes of the extended attributes of all entries: a runner has them in memory until it has written the files. */
const MAX_ATTRIBUTE_BYTES = GIB / 16;
/**
 * Each path takes a block of a file system, and an inode. The first few do not count, so small archives are as
 * large as their files.
 */
const PATH_BYTES = 4096;
const FREE_PATHS = 1000;
/** Bytes after which the reader yields to other work of the process. */
const TURN = 4 * 2 ** 20;
/** Numbers of devices (Linux, MINORBITS). */
const MAX_MAJOR = 2 ** 12 - 1;
const MAX_MINOR = 2 ** 20 - 1;

/** The facts about an archive that was read to its end. */
export interface ArchiveContents {
  /** Bytes. */
  readonly unpackedSize: number;
  readonly compression: Compression;
  /** SHA-256 of a layer before its compression; absent if it is not compressed. */
  readonly diffId?: Checksum;
  /** The index of its paths; absent if there are too many paths. */
  readonly paths?: Uint8Array;
}

export interface MeterOptions {
  /** Whether the archive must be a layer of an image, and not a whole image. */
  readonly isLayer?: boolean;
  /** Whether it is read within a call, which has to answer soon. */
  readonly withinCall?: boolean;
}

const assertDevice = ({ name, device: { major, minor } }: TarEntry): void => {
  if (major >= 0 && major <= MAX_MAJOR && minor >= 0 && minor <= MAX_MINOR) return;
  throw refuse(name, `is device ${major}:${minor}, which no system has`, LEAVE_OUT);
};

const LEAVE_OUT = 'leave it out';
const SEVERAL = 'make several archives';
/** How to make an archive without entries that no engine unpacks. */
const WITHOUT: Readonly<Record<string, string>> = {
  '7': 'pack it anew, by GNU tar or bsdtar',
  D: 'make the archive without --incremental',
  M: 'make the archive without --multi-volume',
  V: 'make the archive without --label',
};

const refuseType = ({ name, flag }: TarEntry): TaskportError =>
  refuse(name, `is of type ${JSON.stringify(flag)}, which no engine unpacks`, WITHOUT[flag] ?? LEAVE_OUT);

/**
 * Reads a tar archive as it arrives, in bounded memory, and computes its unpacked size from the headers;
 * `docs/archives.md` lists the supported archives. It reports errors only at the end, so that its caller can
 * read on for other purposes.
 */
export class ArchiveMeter {
  readonly #input = new PassThrough();
  readonly #image: ImageArchive | undefined;
  readonly #withinCall: boolean;
  readonly #root = new ArchiveRoot();
  readonly #paths = new PathIndex();
  #outcome: Promise<Error | undefined> | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #compression: Compression = 'none';
  #diffId: Hash | undefined;
  #failed = false;
  #entries = 0;
  #last = '';
  #bytes = 0;
  #attributeBytes = 0;

  constructor({ isLayer = false, withinCall = false }: MeterOptions = {}) {
    this.#image = isLayer ? new ImageArchive() : undefined;
    this.#withinCall = withinCall;
  }

  /** Takes the next bytes; the first ones show the compression of the archive. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#failed || chunk.length === 0) return;
    let bytes = chunk;
    if (!this.#outcome) {
      bytes = Buffer.concat([this.#head, chunk]);
      this.#head = bytes;
      if (bytes.length < MAGIC_BYTES) return;
      this.#outcome = this.#run();
    }
    if (this.#input.write(bytes)) return;
    await Promise.race([once(this.#input, 'drain').catch(() => {}), this.#outcome]);
  }

  /**
   * The contents of the archive. Throws `unsupported-data-format` if the bytes are no archive, or a whole image
   * instead of a layer; `data-error` if it breaks off, has an entry that cannot be unpacked, or is too large;
   * `payload-too-large` if it is too large within a call.
   */
  async end(): Promise<ArchiveContents> {
    this.#input.end();
    const error = this.#outcome ? await this.#outcome : new Error('there are too few bytes');
    if (error instanceof TaskportError) throw error;
    if (error) throw this.#describe(error.message);
    const paths = this.#paths.encode();
    const diffId: Checksum | undefined = this.#diffId && `sha256:${this.#diffId.digest('hex')}`;
    return defined({ unpackedSize: this.#unpackedSize, compression: this.#compression, diffId, paths });
  }

  /** The space that the unpacked archive takes: its files, and blocks for entries without data. */
  get #unpackedSize(): number {
    return this.#bytes + PATH_BYTES * Math.max(0, this.#paths.size - FREE_PATHS);
  }

  #describe(what: string): TaskportError {
    if (this.#entries > 0) {
      const detail = `the archive breaks off after ${this.#entries} entries, behind ${told(this.#last)}: ${what}; make it anew`;
      return new TaskportError('data-error', detail, { entry: shown(this.#last) });
    }
    const other = nameFormat(this.#head);
    const problem = other ? `the data is ${other}` : `the data is no tar archive: ${what}`;
    return new TaskportError(
      'unsupported-data-format',
      `${problem}; make one by \`tar -czf FILE -C DIRECTORY .\``,
    );
  }

  #take(entry: TarEntry): ((data: Buffer) => void) | undefined {
    const { name, type } = entry;
    this.#entries += 1;
    this.#last = name;
    if (type === 'unknown') throw refuseType(entry);
    if (type.endsWith('-device')) assertDevice(entry);
    const { place, target } = this.#root.add(entry);
    this.#paths.add(place, { type, name, target });
    const attributes = measureAttributes(name, entry.records);
    this.#attributeBytes += attributes;
    this.#bytes += entry.size + attributes;
    if (
      this.#entries > MAX_ENTRIES ||
      this.#paths.size > MAX_ENTRIES ||
      this.#paths.hashed > MAX_PATH_BYTES
    ) {
      throw refuse(
        name,
        `exceeds a limit of one archive: ${MAX_ENTRIES} entries, ${MAX_ENTRIES} paths, or ${MAX_PATH_BYTES} bytes of all paths`,
        SEVERAL,
      );
    }
    if (this.#attributeBytes > MAX_ATTRIBUTE_BYTES) {
      const reason = `has, with all entries before it, extended attributes of more than ${MAX_ATTRIBUTE_BYTES} bytes`;
      throw refuse(name, reason, SEVERAL);
    }
    if (this.#unpackedSize > MAX_UNPACKED) {
      throw refuse(name, `unpacks, with all before it, to more than ${MAX_UNPACKED} bytes`, SEVERAL);
    }
    return type === 'file' ? this.#image?.taker(place.join('/')) : undefined;
  }

  /** Passes bytes on, up to the limit. */
  async *#bounded(unpacked: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let seen = 0;
    let turn = TURN;
    for await (const chunk of unpacked) {
      seen += chunk.length;
      // An archive that unpacks to much more than its size needs no further input meanwhile, and would keep the
      // process from all other work.
      if (seen > turn) {
        turn = seen + TURN;
        await others();
      }
      if (this.#withinCall && seen > MAX_WITHIN_CALL) {
        const detail = `the archive has more than ${MAX_WITHIN_CALL} bytes after decompression: upload it by signed requests`;
        throw new TaskportError('payload-too-large', detail, { limit: MAX_WITHIN_CALL });
      }
      if (seen > MAX_UNPACKED) {
        throw new TaskportError(
          'data-error',
          `the archive has more than ${MAX_UNPACKED} bytes after decompression: make several archives`,
        );
      }
      this.#diffId?.update(chunk);
      yield chunk;
    }
  }

  async #read(unpacked: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes = this.#bounded(unpacked);
    const source = new ByteSource(bytes);
    await readTar(source, (entry) => this.#take(entry));
    // Nothing reads the bytes after the end mark, but the compression has to be complete.
    while ((await source.skip(GIB)) > 0);
    this.#image?.assertNone((path) => this.#paths.typeAt(path));
  }

  async #run(): Promise<Error | undefined> {
    try {
      this.#compression = compressionOf(this.#head);
      // The caller hashes an archive without compression, since it has the bytes.
      if (this.#image && this.#compression !== 'none') this.#diffId = createHash('sha256');
      const unpack = decompressor(this.#head);
      const read = (unpacked: AsyncIterable<Uint8Array>) => this.#read(unpacked);
      await (unpack ? pipeline(this.#input, unpack, read) : pipeline(this.#input, read));
      return undefined;
    } catch (error) {
      this.#failed = true;
      return error as Error;
    }
  }
}

const CHUNK = 64 * 1024;

/** The contents of an archive in memory. Throws as `ArchiveMeter.end`. */
export const measureArchive = async (bytes: Uint8Array, options?: MeterOptions): Promise<ArchiveContents> => {
  const meter = new ArchiveMeter(options);
  for (let at = 0; at < bytes.length; at += CHUNK) await meter.write(bytes.subarray(at, at + CHUNK));
  return meter.end();
};
