/** Bytes of a header, and the block size to which everything else is padded. */
export const BLOCK = 512;

/** A header on its own. Text has one character for each byte, since tar knows no encoding. */
export interface TarHeader {
  readonly format: 'v7' | 'ustar' | 'star' | 'gnu';
  readonly name: string;
  /** One character, as POSIX.1-2017 (pax, ustar) and GNU tar have it. */
  readonly type: string;
  readonly size: number;
  readonly linkname: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly device: { readonly major: number; readonly minor: number };
  /** The whole block, since some of GNU tar's types have fields of their own. */
  readonly block: Buffer;
}

/** The text of a field, to its first zero byte. */
const readText = (block: Buffer, at: number, length: number): string => {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end === -1 || end > at + length ? at + length : end);
};

const MAX_INT64 = 2n ** 63n;

/**
 * Two's complement after the first bit, which is set: GNU tar's form of numbers that are too large for octal
 * digits.
 */
const readBase256 = (field: Uint8Array): number | undefined => {
  const bits = field.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * field.length - 1, bits);
  return value < MAX_INT64 && value >= -MAX_INT64 ? Number(value) : undefined;
};

const ZERO = 0x30;
const isFiller = (byte: number | undefined): boolean => byte === 0x20 || byte === 0;

/**
 * Octal digits, with spaces and zero bytes around them. It reads byte by byte, since an archive has millions of
 * them. Undefined if the field has other characters.
 */
const readOctal = (block: Uint8Array, from: number, to: number): number | undefined => {
  let [at, end] = [from, to];
  while (at < end && isFiller(block[at])) at += 1;
  while (at < end && isFiller(block[end - 1])) end -= 1;
  let value = 0;
  for (; at < end && block[at] !== 0; at += 1) {
    const digit = (block[at] as number) - ZERO;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
};

const toNumber = (block: Uint8Array, at: number, end: number): number | undefined =>
  (block[at] as number) & 0x80 ? readBase256(block.subarray(at, end)) : readOctal(block, at, end);

/** The number in a field. Throws if it has no number of up to 64 bits. */
export const readNumber = (block: Uint8Array, what: string, at: number, length: number): number => {
  const number = toNumber(block, at, at + length);
  if (number === undefined) throw new Error(`its ${what} is no number`);
  return number;
};

const CHECKSUM_AT = 148;
const CHECKSUM_END = 156;

/** A header is read by four bytes at a time, which begin at a multiple of four here. */
const words = new Uint32Array(BLOCK / 4);
const bytes = new Uint8Array(words.buffer);
const EVEN = 0x00ff00ff;

/**
 * Whether a block is a header: the field has the sum of its bytes, with spaces in place of the field itself.
 * Some old tars summed signed bytes.
 */
export const hasItsChecksum = (block: Uint8Array): boolean => {
  bytes.set(block);
  bytes.fill(0x20, CHECKSUM_AT, CHECKSUM_END);
  let [sums, all] = [0, 0];
  for (const word of words) {
    // Two sums of 16 bits, which have room for the whole block.
    sums = (sums + (word & EVEN) + ((word >>> 8) & EVEN)) | 0;
    all |= word;
  }
  const unsigned = (sums & 0xffff) + (sums >>> 16);
  const said = toNumber(block, CHECKSUM_AT, CHECKSUM_END);
  if (said === unsigned || !(all & 0x80808080)) return said === unsigned;
  return said === unsigned - 0x100 * bytes.reduce((count, byte) => count + (byte >> 7), 0);
};

const formatOf = (block: Buffer): TarHeader['format'] => {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  if (!magic.startsWith('ustar\0')) return 'v7';
  return block.toString('latin1', 508, 512) === 'tar\0' ? 'star' : 'ustar';
};

export const PREFIX_AT = 345;
export const PREFIX_LENGTHS = { v7: 0, ustar: 155, star: 131, gnu: 155 } as const;

/** GNU tar has times in place of the prefix. Go before 1.8 wrote a prefix even in that format. */
export const hasPrefix = (block: Uint8Array, format: TarHeader['format'], prefix: string): boolean => {
  if (prefix === '' || format !== 'gnu') return prefix !== '';
  try {
    for (const at of [PREFIX_AT, PREFIX_AT + 12]) readNumber(block, 'time', at, 12);
    return false;
  } catch {
    return /^[ -~]+$/.test(prefix);
  }
};

/** The name in a header. */
export const readName = (block: Buffer): string => {
  const name = readText(block, 0, 100);
  const format = formatOf(block);
  const prefix = readText(block, PREFIX_AT, PREFIX_LENGTHS[format]);
  return hasPrefix(block, format, prefix) ? `${prefix}/${name}` : name;
};

/** Reads a header. Throws for values that no unpacker accepts. */
export const readHeader = (block: Buffer): TarHeader => {
  const number = (what: string, at: number, length: number) => readNumber(block, what, at, length);
  const mode = number('mode', 100, 8);
  const uid = number('owner', 108, 8);
  const gid = number('group', 116, 8);
  const mtime = number('time', 136, 12);
  const format = formatOf(block);
  const isOld = format === 'v7';
  return {
    format,
    name: readName(block),
    type: block.toString('latin1', 156, 157),
    size: number('size', 124, 12),
    linkname: readText(block, 157, 100),
    mode,
    uid,
    gid,
    mtime,
    device: isOld
      ? { major: 0, minor: 0 }
      : { major: number('device number', 329, 8), minor: number('device number', 337, 8) },
    block,
  };
};
