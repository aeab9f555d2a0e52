import { BackwardBits, corrupt } from './bits.ts';
import { readStateTable, type StateTable, toStateTable, toTableOfOne } from './tables.ts';

/** The coding of a field of sequences: how its numbers follow from codes, and its tables (RFC 8878, 3.1.1.3.2). */
interface Field {
  readonly maxLog: number;
  readonly maxCode: number;
  readonly usual: StateTable;
}

/** The tables of lengths of literals, of offsets, and of lengths of matches. */
export type Tables = readonly [StateTable, StateTable, StateTable];

// biome-ignore format: as RFC 8878 has them.
const LITERAL_BITS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
// biome-ignore format: as RFC 8878 has them.
const MATCH_BITS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

const toBases = (bits: Uint8Array, first: number): Uint32Array => {
  const bases = new Uint32Array(bits.length);
  let base = first;
  for (const [code, count] of bits.entries()) {
    bases[code] = base;
    base += 1 << count;
  }
  return bases;
};
const LITERAL_BASES = toBases(LITERAL_BITS, 0);
const MIN_MATCH = 3;
const MATCH_BASES = toBases(MATCH_BITS, MIN_MATCH);

/** A window of 8 MiB, which is the most there is, has no offset with more bits. */
const MAX_OFFSET_CODE = 24;

// biome-ignore format: as RFC 8878 has them.
const FIELDS: readonly [Field, Field, Field] = [
  { maxLog: 9, maxCode: 35, usual: toStateTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6) },
  { maxLog: 8, maxCode: 31, usual: toStateTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5) },
  { maxLog: 9, maxCode: 52, usual: toStateTable([1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6) },
];

/** The header of a block's sequences (3.1.1.3.2.1), read byte by byte. */
class Head {
  readonly #block: Uint8Array;
  readonly #length: number;
  at: number;

  constructor(block: Uint8Array, length: number, at: number) {
    this.#block = block;
    this.#length = length;
    this.at = at;
  }

  byte(): number {
    if (this.at >= this.#length) throw corrupt('a block is too short');
    return this.#block[this.at++] as number;
  }

  count(): number {
    const first = this.byte();
    if (first === 255) return this.byte() + (this.byte() << 8) + 0x7f00;
    return first > 127 ? ((first - 128) << 8) + this.byte() : first;
  }

  table(mode: number, { maxLog, maxCode, usual }: Field, former: StateTable | undefined): StateTable {
    if (mode === 0) return usual;
    if (mode === 1) {
      const code = this.byte();
      if (code > maxCode) throw corrupt('a code is out of its range');
      return toTableOfOne(code);
    }
    if (mode === 3) {
      if (!former) throw corrupt('there is no table to use again');
      return former;
    }
    const { table, end } = readStateTable(this.#block, this.at, this.#length, maxLog, maxCode);
    this.at = end;
    return table;
  }
}

const MOST = 0xffff + 0x7f00;
/**
 * Room for the sequences of one block, with three numbers each: the length of the literals, the offset of the
 * match, its length.
 */
const values = new Int32Array(3 * MOST);

/** Reads all sequences of a stream of bits into `values`. */
const unpack = (bits: BackwardBits, count: number, [literals, offsets, matches]: Tables): void => {
  let literalState = bits.read(literals.log);
  let offsetState = bits.read(offsets.log);
  let matchState = bits.read(matches.log);
  for (let at = 0; ; at += 3) {
    const literalCode = literals.symbols[literalState] as number;
    const offsetCode = offsets.symbols[offsetState] as number;
    const matchCode = matches.symbols[matchState] as number;
    if (offsetCode > MAX_OFFSET_CODE) throw corrupt('a match is from before the window');
    values[at + 1] = (1 << offsetCode) + bits.read(offsetCode);
    values[at + 2] = (MATCH_BASES[matchCode] as number) + bits.read(MATCH_BITS[matchCode] as number);
    values[at] = (LITERAL_BASES[literalCode] as number) + bits.read(LITERAL_BITS[literalCode] as number);
    if (at === 3 * (count - 1)) break;
    literalState =
      (literals.bases[literalState] as number) + bits.read(literals.bits[literalState] as number);
    matchState = (matches.bases[matchState] as number) + bits.read(matches.bits[matchState] as number);
    offsetState = (offsets.bases[offsetState] as number) + bits.read(offsets.bits[offsetState] as number);
    if (bits.left < 0) break;
  }
  if (bits.left !== 0) throw corrupt('sequences do not end with their bits');
};

/**
 * Reads the sequences of a block of this many bytes, which begin at `from`; `former` are the tables of the block
 * before. `values` has them until the next call.
 */
export const readSequences = (
  block: Uint8Array,
  length: number,
  from: number,
  former: Tables | undefined,
): { readonly count: number; readonly values: Int32Array; readonly tables: Tables | undefined } => {
  const head = new Head(block, length, from);
  const count = head.count();
  if (count === 0) {
    if (head.at !== length) throw corrupt('something follows the literals');
    return { count, values, tables: former };
  }
  const modes = head.byte();
  if (modes & 3) throw corrupt('sequences have an unknown mode');
  const tables: Tables = [
    head.table((modes >> 6) & 3, FIELDS[0], former?.[0]),
    head.table((modes >> 4) & 3, FIELDS[1], former?.[1]),
    head.table((modes >> 2) & 3, FIELDS[2], former?.[2]),
  ];
  unpack(new BackwardBits(block, head.at, length), count, tables);
  return { count, values, tables };
};
