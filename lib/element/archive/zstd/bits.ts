/** The error for a corrupt frame. */
export const corrupt = (what: string): Error => new Error(`zstd: ${what}`);

/** Readable bytes after each block, so that the reader can read whole words at its end. */
export const SPARE = 8;

/** The bits of a stream that is read backwards (RFC 8878, 4.1, 4.2.2): up to 24 at a time. */
export class BackwardBits {
  readonly bytes: Uint8Array;
  readonly from: number;
  /** The number of bits left; negative if more were read than there are. */
  left: number;

  /** A stream of `bytes`, which go on behind `to`. */
  constructor(bytes: Uint8Array, from: number, to: number) {
    const last = to > from ? (bytes[to - 1] as number) : 0;
    if (last === 0) throw corrupt('a stream of bits has no end');
    this.bytes = bytes;
    this.from = from;
    // The highest set bit of the last byte precedes the stream and is not part of it.
    this.left = 8 * (to - from) - Math.clz32(last) + 23;
  }

  /** The next bits; zeros after the end. */
  read(count: number): number {
    this.left -= count;
    return this.#at(this.left) & ((1 << count) - 1);
  }

  /** As `read`, without advancing. */
  peek(count: number): number {
    return this.#at(this.left - count) & ((1 << count) - 1);
  }

  #at(bit: number): number {
    const { bytes, from } = this;
    const at = bit < 0 ? from : from + (bit >> 3);
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    if (bit >= 0) return word >>> (bit & 7);
    return bit > -32 ? word << -bit : 0;
  }
}
