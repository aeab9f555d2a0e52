const BLOCK = 512;

/** Entries by their type flags (POSIX.1-2017, pax, ustar Interchange Format). */
const flags = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  extended: 'x',
} as const;

/** The fields of an entry's header. Names are bytes, as in a file system. */
export interface TarEntry {
  readonly type: Exclude<keyof typeof flags, 'extended'>;
  readonly name: Buffer;
  /** The target of a link. */
  readonly linkname?: Buffer;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The number of bytes that follow; only of a file. */
  readonly size: number;
  /** Nanoseconds since 1970; may be negative. */
  readonly modified: bigint;
  /** Extended attributes, by their names. */
  readonly attributes?: readonly (readonly [name: string, value: Buffer])[];
}

/** The bytes for names in the fields of the header. */
const NAME_BYTES = 100;
const NANOSECONDS = 1_000_000_000n;

/** Whether this many octal digits hold the number. */
const fits = (value: number | bigint, digits: number): boolean =>
  value >= 0 && BigInt(value) < 8n ** BigInt(digits);

/** The header block of an entry; a value that does not fit is 0 or cut. */
const block = (type: keyof typeof flags, entry: Omit<TarEntry, 'type' | 'attributes'>): Buffer => {
  const { name, linkname, device, mode, uid, gid, size, modified } = entry;
  const bytes = Buffer.alloc(BLOCK);
  const octal = (value: number | bigint, at: number, digits: number): void => {
    bytes.write((fits(value, digits) ? value : 0).toString(8).padStart(digits, '0'), at, 'latin1');
  };
  name.copy(bytes, 0, 0, NAME_BYTES);
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(size, 124, 11);
  octal(modified / NANOSECONDS, 136, 11);
  bytes.write(flags[type], 156, 'latin1');
  linkname?.copy(bytes, 157, 0, NAME_BYTES);
  bytes.write('ustar\0' + '00', 257, 'latin1');
  octal(device?.major ?? 0, 329, 7);
  octal(device?.minor ?? 0, 337, 7);
  // The checksum counts its own field as spaces.
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0`, 148, 'latin1');
  return bytes;
};

/** One record of an extended header: its decimal length includes itself. */
const record = (key: string, value: Buffer | string): Buffer => {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), Buffer.from(value), Buffer.from('\n')]);
  const digits = String(rest.length).length;
  const length = rest.length + digits;
  const total = String(length).length > digits ? length + 1 : length;
  return Buffer.concat([Buffer.from(String(total)), rest]);
};

/** Seconds, with a fraction if there is one: `-1.5` is one and a half seconds before 1970. */
const formatTime = (nanoseconds: bigint): string => {
  const [sign, size] = nanoseconds < 0n ? ['-', -nanoseconds] : ['', nanoseconds];
  const fraction = String(size % NANOSECONDS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${size / NANOSECONDS}${fraction === '' ? '' : `.${fraction}`}`;
};

/** Records of an extended header (POSIX.1-2017, pax Header Block) for values that do not fit into the header. */
const recordsOf = ({ name, linkname, uid, gid, size, modified, attributes = [] }: TarEntry): Buffer[] => {
  const isPlainTime = modified % NANOSECONDS === 0n && fits(modified / NANOSECONDS, 11);
  return [
    ...(name.length > NAME_BYTES ? [record('path', name)] : []),
    ...(linkname && linkname.length > NAME_BYTES ? [record('linkpath', linkname)] : []),
    ...(fits(uid, 7) ? [] : [record('uid', String(uid))]),
    ...(fits(gid, 7) ? [] : [record('gid', String(gid))]),
    ...(fits(size, 11) ? [] : [record('size', String(size))]),
    ...(isPlainTime ? [] : [record('mtime', formatTime(modified))]),
    ...attributes.map(([key, value]) => record(`SCHILY.xattr.${key}`, value)),
  ];
};

/** Zeros that fill the last block of data of this size, in bytes. */
export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** The two blocks of zeros at the end of an archive. */
export const END = Buffer.alloc(2 * BLOCK);

/** The header of an entry, after an extended one if it needs one. */
export const tarHeader = (entry: TarEntry): Buffer => {
  const records = Buffer.concat(recordsOf(entry));
  const own = block(entry.type, entry);
  if (records.length === 0) return own;
  const extended = block('extended', {
    name: Buffer.from('PaxHeaders'),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: records.length,
    modified: 0n,
  });
  return Buffer.concat([extended, records, padding(records.length), own]);
};

/** An entry that removes everything below the archive, if it is an upper layer: the contents of lower layers. */
export const OPAQUE = tarHeader({
  type: 'file',
  name: Buffer.from('.wh..wh..opq'),
  size: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  modified: 0n,
});
