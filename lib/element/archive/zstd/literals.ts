import { BackwardBits, corrupt } from './bits.ts';
import { type PrefixTable, readPrefixTable } from './tables.ts';

/** The literals of a block, the table that the next block may use again, and where they end. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly table: PrefixTable | undefined;
  readonly end: number;
}

/** Fills `into` with the literals of a stream of prefix codes. */
const unpackStream = (
  { log, symbols, bits }: PrefixTable,
  stream: BackwardBits,
  into: Uint8Array,
  from: number,
  to: number,
): void => {
  const { bytes, from: start } = stream;
  const mask = (1 << log) - 1;
  let { left } = stream;
  let at = from;
  // `peek` inlined, since there is a code for every byte or two of an archive.
  for (; at < to && left >= log; at += 1) {
    const bit = left - log;
    const byte = start + (bit >> 3);
    const word =
      (bytes[byte] as number) | ((bytes[byte + 1] as number) << 8) | ((bytes[byte + 2] as number) << 16);
    const code = (word >> (bit & 7)) & mask;
    into[at] = symbols[code] as number;
    left -= bits[code] as number;
  }
  stream.left = left;
  for (; at < to; at += 1) {
    const code = stream.peek(log);
    into[at] = symbols[code] as number;
    stream.left -= bits[code] as number;
    if (stream.left < 0) throw corrupt('literals end early');
  }
  if (stream.left !== 0) throw corrupt('literals end late');
};

/** One stream, or four, of which the first three have the same length (4.2.2). */
const unpack = (
  table: PrefixTable,
  bytes: Uint8Array,
  from: number,
  to: number,
  into: Uint8Array,
  isFour: boolean,
) => {
  if (!isFour) return unpackStream(table, new BackwardBits(bytes, from, to), into, 0, into.length);
  const part = (into.length + 3) >> 2;
  let at = from + 6;
  if (at > to || 3 * part > into.length) throw corrupt('literals have no four streams');
  for (let nth = 0; nth < 4; nth += 1) {
    const length = (bytes[from + 2 * nth] as number) | ((bytes[from + 2 * nth + 1] as number) << 8);
    const end = nth === 3 ? to : at + length;
    if (end > to) throw corrupt('literals go beyond their block');
    const last = nth === 3 ? into.length : (nth + 1) * part;
    unpackStream(table, new BackwardBits(bytes, at, end), into, nth * part, last);
    at = end;
  }
};

const RAW = 0;
const REPEATED = 1;
const PACKED = 2;

/** Reads the literals section of a block (3.1.1.3.1) of this many bytes. */
export const readLiterals = (
  block: Uint8Array,
  length: number,
  former: PrefixTable | undefined,
  most: number,
): Literals => {
  const type = (block[0] as number) & 3;
  const form = ((block[0] as number) >> 2) & 3;
  const isPlain = type === RAW || type === REPEATED;
  const headLength = isPlain ? [1, 2, 1, 3][form] : [3, 3, 4, 5][form];
  const from = headLength as number;
  if (length < from) throw corrupt('a block is too short');
  let head = 0;
  for (let at = from - 1; at >= 0; at -= 1) head = head * 256 + (block[at] as number);
  const shift = isPlain && from === 1 ? 8 : 16;
  const width = isPlain ? 32 : ([10, 10, 14, 18][form] as number);
  const size = Math.floor(head / shift) % 2 ** width;
  if (size > most) throw corrupt('a block has too many literals');
  if (type === RAW) {
    if (from + size > length) throw corrupt('literals go beyond their block');
    return { bytes: block.subarray(from, from + size), table: former, end: from + size };
  }
  if (type === REPEATED) {
    if (from + 1 > length) throw corrupt('literals go beyond their block');
    return { bytes: new Uint8Array(size).fill(block[from] as number), table: former, end: from + 1 };
  }
  const end = from + Math.floor(head / (16 * 2 ** width));
  if (end > length) throw corrupt('literals go beyond their block');
  const own = type === PACKED ? readPrefixTable(block, from, end) : { table: former, end: from };
  if (!own.table) throw corrupt('there is no table to use again');
  const bytes = new Uint8Array(size);
  unpack(own.table, block, own.end, end, bytes, form !== 0);
  return { bytes, table: own.table, end };
};
