import type { ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { decompressor, MAGIC_BYTES } from '../../lib/element/archive/decompressor.ts';
import { MAX_EXTENDED, type Records, readRecords } from '../../lib/element/archive/extended-header.ts';
import { BLOCK, hasItsChecksum, readHeader } from '../../lib/element/archive/tar-header.ts';

/** An entry of an archive, and the offset of its bytes. */
export interface Member {
  readonly name: string;
  readonly type: 'file' | 'link' | 'symlink' | 'other';
  /** The target of a link. */
  readonly linkname: string;
  readonly size: number;
  readonly at: number;
}

/** The most bytes of a compressed archive to decompress. */
const MAX_UNPACKED = 16 * 2 ** 20;

const TYPES: Readonly<Record<string, Member['type']>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
};

/** Fields of the next entry from a header of an extended format, with their names in pax. */
const saidBy = (type: string, data: Buffer): Records | undefined => {
  const [text = ''] = data.toString('latin1').split('\0', 1);
  if (type === 'x') return readRecords(data);
  if (type === 'L') return new Map([['path', text]]);
  return type === 'K' ? new Map([['linkpath', text]]) : undefined;
};

const asText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** The beginning of an archive, plain or compressed: headers, and the bytes of requested entries. */
export class ArchiveBeginning {
  readonly #file: FileHandle;
  readonly #packed: ReadStream | undefined;
  readonly #unpacked: AsyncIterator<Buffer> | undefined;
  #held: Buffer = Buffer.alloc(0);
  /** Whether the archive continues after the bytes that were read. */
  isCut = false;

  private constructor(file: FileHandle, head: Buffer) {
    this.#file = file;
    const unpack = decompressor(head);
    if (!unpack) return;
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

  /** The bytes at an offset, as far as they exist. */
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

  /** The entries up to `limit`; a header that extends another is no entry. Throws for invalid numbers. */
  async *members(limit: number): AsyncGenerator<Member> {
    let at = 0;
    let said: Records = new Map();
    for (let count = 0; ; ) {
      const block = await this.read(at, BLOCK);
      if (block.length < BLOCK) {
        this.isCut ||= at > 0 && (await this.read(at - 1, 1)).length === 0;
        return;
      }
      if (block.every((byte) => byte === 0)) return;
      if (count === limit || !hasItsChecksum(block)) {
        this.isCut = true;
        return;
      }
      const header = readHeader(block);
      const size = Number(said.get('size') || header.size);
      if (!Number.isSafeInteger(size) || size < 0) throw new Error(`${size} is no size`);
      if ('xgLK'.includes(header.type)) {
        const extended = saidBy(header.type, await this.read(at + BLOCK, Math.min(size, MAX_EXTENDED)));
        said = extended ? new Map([...said, ...extended]) : said;
      } else {
        count += 1;
        const name = asText(said.get('path') || header.name);
        const linkname = asText(said.get('linkpath') || header.linkname);
        yield { name, type: TYPES[header.type] ?? 'other', linkname, size, at: at + BLOCK };
        said = new Map();
      }
      at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    }
  }

  async close(): Promise<void> {
    this.#packed?.destroy();
    await this.#unpacked?.return?.();
    await this.#file.close();
  }
}
