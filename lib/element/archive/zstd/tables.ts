import { BackwardBits, corrupt } from './bits.ts';

/**
 * A table of states (RFC 8878, 4.1): the symbol of each state, and the number of bits and the base that give the
 * next state.
 */
export interface StateTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

const bitLength = (value: number): number => 32 - Math.clz32(value);

/** The table of a distribution, in which -1 means a probability below one. */
export const toStateTable = (counts: ArrayLike<number>, log: number): StateTable => {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let end = size;
  for (let symbol = 0; symbol < counts.length; symbol += 1) {
    next[symbol] = counts[symbol] === -1 ? 1 : (counts[symbol] as number);
    if (counts[symbol] === -1) symbols[--end] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let symbol = 0; symbol < counts.length; symbol += 1) {
    for (let nth = 0; nth < (counts[symbol] as number); nth += 1) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= end);
    }
  }
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state += 1) {
    const symbol = symbols[state] as number;
    const count = next[symbol] as number;
    next[symbol] = count + 1;
    bits[state] = log + 1 - bitLength(count);
    bases[state] = (count << (bits[state] as number)) - size;
  }
  return { log, symbols, bits, bases };
};

/** The table of one symbol. */
export const toTableOfOne = (symbol: number): StateTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  bases: Uint16Array.of(0),
});

/** A table in the form of a frame (4.1.1), and where it ends. */
export const readStateTable = (
  bytes: Uint8Array,
  from: number,
  to: number,
  maxLog: number,
  maxSymbol: number,
): { table: StateTable; end: number } => {
  let bit = 8 * from;
  const peek = (count: number): number => {
    const at = bit >> 3;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >> (bit & 7)) & ((1 << count) - 1);
  };
  const log = peek(4) + 5;
  bit += 4;
  if (log > maxLog) throw corrupt('a table is too large');
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0) {
    if (counts.length > maxSymbol || bit > 8 * to) throw corrupt('a table has too many symbols');
    const count = bitLength(left + 1);
    const low = (1 << (count - 1)) - 1;
    const spare = (1 << count) - 2 - left;
    let value = peek(count);
    if ((value & low) < spare) {
      value &= low;
      bit += count - 1;
    } else {
      if (value > low) value -= spare;
      bit += count;
    }
    counts.push(value - 1);
    left -= value === 0 ? 1 : value - 1;
    if (value !== 1) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = peek(2);
      bit += 2;
      if (counts.length + repeat > maxSymbol + 1 || bit > 8 * to)
        throw corrupt('a table has too many symbols');
      for (let nth = 0; nth < repeat; nth += 1) counts.push(0);
    }
  }
  const end = (bit + 7) >> 3;
  if (left < 0 || end > to) throw corrupt('a table does not add up');
  return { table: toStateTable(counts, log), end };
};

/** A table of prefix codes (4.2.1): the next `log` bits give the symbol and the length of its code. */
export interface PrefixTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_PREFIX = 11;
const MAX_WEIGHTS = 255;

const toPrefixTable = (weights: number[]): PrefixTable => {
  if (weights.length > MAX_WEIGHTS) throw corrupt('there are too many codes');
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_PREFIX) throw corrupt('a code is too long');
    if (weight > 0) sum += 1 << (weight - 1);
  }
  // The weight of the last symbol fills the sum up to a power of two.
  const log = bitLength(sum);
  const left = (1 << log) - sum;
  if (sum === 0 || log > MAX_PREFIX || (left & (left - 1)) !== 0) throw corrupt('codes do not add up');
  weights.push(bitLength(left));
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight += 1) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      const end = at + (1 << (weight - 1));
      symbols.fill(symbol, at, end);
      bits.fill(log + 1 - weight, at, end);
      at = end;
    }
  }
  return { log, symbols, bits };
};

/** Compressed weights (4.2.1.2): two states take turns, to the end of the bits. */
const unpackWeights = (bytes: Uint8Array, from: number, to: number): number[] => {
  const { table, end } = readStateTable(bytes, from, to, 6, MAX_PREFIX + 1);
  const stream = new BackwardBits(bytes, end, to);
  let state = stream.read(table.log);
  let other = stream.read(table.log);
  const weights: number[] = [];
  while (weights.length < MAX_WEIGHTS) {
    weights.push(table.symbols[state] as number);
    const next = (table.bases[state] as number) + stream.read(table.bits[state] as number);
    if (stream.left < 0) {
      weights.push(table.symbols[other] as number);
      return weights;
    }
    [state, other] = [other, next];
  }
  throw corrupt('there are too many codes');
};

/** A table of prefix codes in the form of a frame, and where it ends. */
export const readPrefixTable = (
  bytes: Uint8Array,
  from: number,
  to: number,
): { table: PrefixTable; end: number } => {
  const head = bytes[from] ?? 0;
  const count = head - 127;
  const end = from + 1 + (head < 128 ? head : (count + 1) >> 1);
  if (from >= to || end > to) throw corrupt('a table has no end');
  if (head < 128) return { table: toPrefixTable(unpackWeights(bytes, from + 1, end)), end };
  const weights = Array.from({ length: count }, (_, at) => {
    const pair = bytes[from + 1 + (at >> 1)] as number;
    return at % 2 === 0 ? pair >> 4 : pair & 15;
  });
  return { table: toPrefixTable(weights), end };
};
