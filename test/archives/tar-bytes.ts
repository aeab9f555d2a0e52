/** Archives block by block, valid and invalid ones: those that libraries no longer write, or never did. */

export const BLOCK = 512;

/** Offsets and lengths of the fields of a header (POSIX.1-2017, pax, ustar; GNU tar's `tar.h` for the last four). */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkname: [157, 100],
  magic: [257, 8],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
  sparse: [386, 96],
  isExtended: [482, 1],
  realSize: [483, 12],
  trailer: [508, 4],
} as const satisfies Record<string, readonly [at: number, length: number]>;

type Field = keyof typeof FIELDS;

/** The value of a field: text, a number in octal, or bytes. */
type Value = string | number | Uint8Array;

const MAGIC = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' };

export interface HeaderOptions {
  readonly format?: keyof typeof MAGIC;
  /** How the checksum is computed; `wrong` fits neither way. */
  readonly sum?: 'unsigned' | 'signed' | 'wrong';
}

const toBytes = (value: Value, length: number): Buffer => {
  if (typeof value === 'number') return Buffer.from(value.toString(8).padStart(length - 1, '0'));
  return Buffer.from(value as string);
};

const putFields = (block: Buffer, fields: Partial<Record<Field, Value>>): void => {
  for (const [field, value] of Object.entries(fields)) {
    const [at, length] = FIELDS[field as Field];
    block.fill(0, at, at + length).set(toBytes(value, length).subarray(0, length), at);
  }
};

/** Headers with the usual fields only, since an archive may have very many. */
const usual = Object.fromEntries(
  Object.entries(MAGIC).map(([format, magic]) => {
    const block = Buffer.alloc(BLOCK);
    putFields(block, { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, type: '0', magic });
    return [format, block];
  }),
) as Record<keyof typeof MAGIC, Buffer>;

/** The header of an entry, with these fields and the usual ones. */
export const header = (
  fields: Partial<Record<Field, Value>>,
  { format = 'ustar', sum = 'unsigned' }: HeaderOptions = {},
): Buffer => {
  const block = Buffer.from(usual[format]);
  putFields(block, fields);
  if (fields.checksum !== undefined) return block;
  block.fill(' ', 148, 156);
  let total = sum === 'wrong' ? 1 : 0;
  for (let at = 0; at < BLOCK; at += 1) {
    const byte = block[at] as number;
    total += sum === 'signed' && byte > 127 ? byte - 256 : byte;
  }
  block.write(`${total.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

/** Bytes padded to whole blocks. */
export const padded = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);

/** The end mark of an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** An entry with its data, whose size is in the header by default. */
export const entry = (
  fields: Partial<Record<Field, Value>>,
  data: string | Uint8Array = '',
  options?: HeaderOptions,
): Buffer => {
  const bytes = Buffer.from(data as string);
  const made = header({ size: bytes.length, ...fields }, options);
  return bytes.length === 0 ? made : Buffer.concat([made, padded(bytes)]);
};

export const archive = (...entries: readonly Uint8Array[]): Buffer => Buffer.concat([...entries, END]);

export const file = (name: string | Uint8Array, data: string | Uint8Array = ''): Buffer =>
  entry({ name }, data);
export const directory = (name: string): Buffer => entry({ name, type: '5', mode: 0o755 });
export const symlink = (name: string, linkname: string): Buffer => entry({ name, type: '2', linkname });
export const hardLink = (name: string, linkname: string): Buffer => entry({ name, type: '1', linkname });

/** A record of an extended header: its own length in decimal, and its key and value. */
const record = (key: string, value: string | Uint8Array): Buffer => {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value as string), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
};

/** An extended header for the next entry; `g` for all following ones. */
export const extended = (
  records: Readonly<Record<string, string | Uint8Array>> | readonly (readonly [string, string])[],
  type: 'x' | 'g' = 'x',
): Buffer => {
  const all = Array.isArray(records) ? records : Object.entries(records);
  return entry({ name: 'PaxHeaders/0', type }, Buffer.concat(all.map(([key, value]) => record(key, value))));
};

/** A long name, or a long target, of the next entry, as GNU tar writes it. */
export const long = (type: 'L' | 'K', name: string | Uint8Array): Buffer =>
  entry({ name: '././@LongLink', type }, Buffer.concat([Buffer.from(name as string), Buffer.of(0)]), {
    format: 'gnu',
  });

/** A number in two's complement in a field of this many bytes, with the first bit set. */
export const base256 = (value: bigint, length = 12): Buffer => {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(8 * length, value);
  for (let at = length - 1; at >= 0; at -= 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  bytes[0] = (bytes[0] as number) | 0x80;
  return bytes;
};

/** Pieces of data, with their offsets in a sparse file. */
export type Pieces = readonly (readonly [at: number, data: string])[];

const number12 = (value: number): Buffer => Buffer.from(`${value.toString(8).padStart(11, '0')}\0`);
const dataOf = (pieces: Pieces): Buffer => Buffer.concat(pieces.map(([, data]) => Buffer.from(data)));

/** The map of a sparse file: the offset and length of each piece. GNU tar adds the end of the file if a hole is there. */
const mapOf = (pieces: Pieces, realSize: number): [number, number][] => {
  const map = pieces.map(([at, data]): [number, number] => [at, Buffer.byteLength(data)]);
  const [at, length] = map.at(-1) ?? [0, 0];
  return at + length === realSize ? map : [...map, [realSize, 0]];
};

/** A sparse file in the old GNU format: four pieces in the header, 21 in each further block. */
export const oldSparse = (name: string, pieces: Pieces, realSize: number): Buffer => {
  const told = mapOf(pieces, realSize).map((piece) => Buffer.concat(piece.map(number12)));
  const data = dataOf(pieces);
  const more: Buffer[] = [];
  for (let at = 4; at < told.length; at += 21) {
    const block = Buffer.alloc(BLOCK);
    Buffer.concat(told.slice(at, at + 21)).copy(block);
    block[504] = at + 21 < told.length ? 1 : 0;
    more.push(block);
  }
  const fields = {
    name,
    type: 'S',
    size: data.length,
    sparse: Buffer.concat(told.slice(0, 4)),
    isExtended: Buffer.of(more.length > 0 ? 1 : 0),
    realSize: number12(realSize),
  };
  return Buffer.concat([header(fields, { format: 'gnu' }), ...more, padded(data)]);
};

/** A sparse file in GNU's extended headers, by version. */
export const paxSparse = (
  version: '0.0' | '0.1' | '1.0',
  name: string,
  pieces: Pieces,
  realSize: number,
): Buffer => {
  const data = dataOf(pieces);
  const map = mapOf(pieces, realSize);
  const stub = `GNUSparseFile.0/${name}`;
  if (version === '1.0') {
    const lines = padded(Buffer.from([map.length, ...map.flat()].map((each) => `${each}\n`).join('')));
    const records = {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': name,
      'GNU.sparse.realsize': String(realSize),
    };
    return Buffer.concat([extended(records), entry({ name: stub }, Buffer.concat([lines, data]))]);
  }
  const counted = [
    ['GNU.sparse.size', String(realSize)],
    ['GNU.sparse.numblocks', String(map.length)],
  ] as const;
  if (version === '0.1') {
    const records = [
      ['GNU.sparse.name', name],
      ['GNU.sparse.map', map.flat().join(',')],
    ] as const;
    return Buffer.concat([extended([...counted, ...records]), entry({ name: stub }, data)]);
  }
  const records = map.flatMap(
    ([at, length]) =>
      [
        ['GNU.sparse.offset', String(at)],
        ['GNU.sparse.numbytes', String(length)],
      ] as const,
  );
  return Buffer.concat([extended([...counted, ...records]), entry({ name }, data)]);
};
