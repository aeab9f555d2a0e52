import type { ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { decompressor, MAGIC_BYTES } from '../../lib/element/archive/decompressor.ts';

/** An entry of an archive, and where its bytes begin. */
export interface Member {
  readonly name: string;
  readonly isFile: boolean;
  readonly size: number;
  readonly at: number;
}

const BLOCK = 512;
/** So much of a compressed archive is unpacked at most. */
const MAX_UNPACKED = 16 * 2 ** 20;

/** Text of a field of a header, up to its first NUL. */
const text = (header: Buffer, at: number, length: number): string => {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
};

/** The sum of a header with spaces in the place of its checksum, which tells it from whatever else is in a file. */
const hasChecksum = (header: Buffer): boolean => {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return Number.parseInt(text(header, 148, 8).trim(), 8) === sum;
};

/** Bytes of an entry: octal digits, or, where those do not do, a number of 95 bits (GNU tar). */
const sizeOf = (header: Buffer): number =>
  (header[124] ?? 0) & 0x80
    ? header.readUIntBE(130, 6)
    : Number.parseInt(text(header, 124, 12).trim() || '0', 8) || 0;

/** What the beginning of an archive has, plain or compressed: headers, and the bytes of those entries that are asked for. */
export class ArchiveBeginning {
  readonly #file: FileHandle;
  readonly #packed: ReadStream | undefined;
  readonly #unpacked: AsyncIterator<Buffer> | undefined;
  #held: Buffer = Buffer.alloc(0);
  /** Whether more of it is there than is looked at. */
  isCut = false;
  /** The program that takes its compression off. */
  readonly unpacker: 'gzip' | 'zstd' | undefined;

  private constructor(file: FileHandle, head: Buffer) {
    this.#file = file;
    const unpack = decompressor(head);
    if (!unpack) return;
    this.unpacker = head[0] === 0x1f ? 'gzip' : 'zstd';
    this.#packed = file.createReadStream({ start: 0, autoClose: false });
    this.#packed.on('error', (error) => unpack.destroy(error));
    this.#unpacked = this.#packed.pipe(unpack)[Symbol.asyncIterator]();
  }

  static async open(path: string): Promise<ArchiveBeginning> {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
      return new ArchiveBeginning(file, buffer.subarray(0, bytesRead));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes there, or those of them that there are. */
  async read(at: number, length: number): Promise<Buffer> {
    const to = at + length;
    if (!this.#unpacked) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    }
    if (to > MAX_UNPACKED) {
      this.isCut = true;
      return Buffer.alloc(0);
    }
    while (this.#held.length < to) {
      const { value, done } = await this.#unpacked.next();
      if (done) break;
      this.#held = Buffer.concat([this.#held, value]);
    }
    return this.#held.subarray(at, to);
  }

  /** The entries up to `limit`; what extends the header of another is none. */
  async *members(limit: number): AsyncGenerator<Member> {
    let at = 0;
    for (let count = 0; ; count += 1) {
      const header = await this.read(at, BLOCK);
      if (header.length < BLOCK || header.every((byte) => byte === 0)) return;
      // What is no header follows on a size that is said elsewhere: what comes then is not looked at either.
      if (count === limit || !hasChecksum(header)) {
        this.isCut = true;
        return;
      }
      const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : '';
      const name = `${prefix === '' ? '' : `${prefix}/`}${text(header, 0, 100)}`;
      const flag = text(header, 156, 1);
      const size = sizeOf(header);
      const isFile = flag === '' || flag === '0';
      if (!'xgLK'.includes(flag) || flag === '') yield { name, isFile, size, at: at + BLOCK };
      at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    }
  }

  async close(): Promise<void> {
    this.#packed?.destroy();
    await this.#unpacked?.return?.();
    await this.#file.close();
  }
}
