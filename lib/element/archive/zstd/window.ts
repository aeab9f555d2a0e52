import { corrupt, SPARE } from './bits.ts';
import { readLiterals } from './literals.ts';
import { readSequences, type Tables } from './sequences.ts';
import type { PrefixTable } from './tables.ts';

/** The most bytes of a block, compressed or unpacked. */
const MAX_BLOCK = 128 * 1024;

/** The bytes that were unpacked last, which the next block may repeat. One window serves all frames of a stream. */
export class Window {
  #bytes: Buffer = Buffer.alloc(0);
  readonly #block = Buffer.alloc(MAX_BLOCK + SPARE);
  /** The last block that repeats a single byte: an archive with large empty parts has many of them. */
  #same: Buffer = Buffer.alloc(0);
  #end = 0;
  /** The number of bytes to which a frame may refer back. */
  #size = 0;
  #most = 0;
  #known = 0;
  #prefixes: PrefixTable | undefined;
  #tables: Tables | undefined;
  #offsets: [number, number, number] = [1, 4, 8];

  /** Begins another frame, with a window of this many bytes. */
  begin(size: number): void {
    this.#size = size;
    this.#most = Math.min(size, MAX_BLOCK);
    this.#end = 0;
    this.#known = 0;
    this.#prefixes = undefined;
    this.#tables = undefined;
    this.#offsets = [1, 4, 8];
  }

  /** The most bytes of a block of the present frame. */
  get most(): number {
    return this.#most;
  }

  addRaw(block: Uint8Array): Buffer {
    this.#reserve(block.length);
    this.#bytes.set(block, this.#end);
    return this.#added(this.#end + block.length);
  }

  addRepeated(byte: number, count: number): Buffer {
    // Nothing before the block is kept if the block fills the window.
    if (count >= this.#size) [this.#end, this.#known] = [0, 0];
    this.#reserve(count);
    this.#bytes.fill(byte, this.#end, this.#end + count);
    this.#pass(this.#end + count);
    if (this.#same.length < count || this.#same[0] !== byte) this.#same = Buffer.alloc(count, byte);
    return this.#same.subarray(0, count);
  }

  /** Adds the bytes of a compressed block (RFC 8878, 3.1.1.3). */
  addPacked(block: Uint8Array): Buffer {
    if (block.length === 0) throw corrupt('a block is too short');
    this.#block.set(block);
    const literals = readLiterals(this.#block, block.length, this.#prefixes, this.#most);
    const { count, values, tables } = readSequences(this.#block, block.length, literals.end, this.#tables);
    this.#prefixes = literals.table;
    this.#tables = tables;
    this.#reserve(this.#most);
    const bytes = this.#bytes;
    const limit = this.#end + this.#most;
    let at = this.#end;
    let from = 0;
    for (let nth = 0; nth < 3 * count; nth += 3) {
      const length = values[nth] as number;
      const match = values[nth + 2] as number;
      const offset = this.#offsetOf(values[nth + 1] as number, length === 0);
      if (from + length > literals.bytes.length) throw corrupt('sequences take more literals than there are');
      if (at + length + match > limit) throw corrupt('a block is too long');
      for (const end = at + length; at < end; at += 1, from += 1) bytes[at] = literals.bytes[from] as number;
      if (offset > Math.min(this.#size, this.#known + at - this.#end))
        throw corrupt('a match is from before the window');
      if (offset >= match && match > 16) bytes.copyWithin(at, at - offset, at - offset + match);
      else for (let to = at; to < at + match; to += 1) bytes[to] = bytes[to - offset] as number;
      at += match;
    }
    const rest = literals.bytes.subarray(from);
    if (at + rest.length > limit) throw corrupt('a block is too long');
    bytes.set(rest, at);
    return this.#added(at + rest.length);
  }

  /** An offset, or one of the last three again (3.1.1.5). */
  #offsetOf(value: number, hasNoLiterals: boolean): number {
    const [first, second, third] = this.#offsets;
    const nth = hasNoLiterals ? value : value - 1;
    let offset = value - 3;
    if (value <= 3) offset = nth === 0 ? first : nth === 1 ? second : nth === 2 ? third : first - 1;
    if (offset <= 0) throw corrupt('a match is from nowhere');
    if (value > 3 || nth > 1) this.#offsets = [offset, first, second];
    else if (nth === 1) this.#offsets = [second, first, third];
    return offset;
  }

  /** A copy of the added bytes, since the window reuses their memory. */
  #added(end: number): Buffer {
    const added = Buffer.from(this.#bytes.subarray(this.#end, end));
    this.#pass(end);
    return added;
  }

  #pass(end: number): void {
    this.#known = Math.min(this.#size, this.#known + end - this.#end);
    this.#end = end;
  }

  /** Makes room after the bytes to which a frame may refer back. */
  #reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const start = this.#end - this.#known;
    const needed = this.#known + count;
    // Twice the size of the kept bytes, so that they move only once each time it is full.
    const length = 2 * this.#known + count;
    const into =
      this.#bytes.length >= Math.max(needed, length) ? this.#bytes : Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(into, 0, start, this.#end);
    this.#bytes = into;
    this.#end = this.#known;
  }
}
