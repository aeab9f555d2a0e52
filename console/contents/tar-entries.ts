import {
  BLOCK,
  hasItsChecksum,
  hasPrefix,
  PREFIX_AT,
  PREFIX_LENGTHS,
  readNumber,
} from '../../lib/element/archive/tar-header.ts';

/** An entry of an archive, for a list. */
export interface Entry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  readonly target: string;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** The most bytes of a name that does not fit into a header. */
const MOST_EXTENDED = 1024 * 1024;
const decoder = new TextDecoder();

type Source = ReturnType<typeof reading>;

/** Reads a stream in pieces of a requested size. */
const reading = (stream: ReadableStream<Uint8Array>) => {
  const reader = stream.getReader();
  let held = new Uint8Array(0);
  let isOver = false;
  const more = async (): Promise<void> => {
    const { value, done } = await reader.read();
    isOver = done;
    if (value) {
      const joined = new Uint8Array(held.length + value.length);
      joined.set(held);
      joined.set(value, held.length);
      held = joined;
    }
  };
  return {
    /** The next bytes; undefined if the stream ends before. */
    async take(count: number): Promise<Uint8Array | undefined> {
      while (held.length < count && !isOver) await more();
      if (held.length < count) return undefined;
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async skip(count: number): Promise<void> {
      let left = count;
      while (left > 0) {
        const here = Math.min(left, held.length);
        held = held.subarray(here);
        left -= here;
        if (left === 0 || isOver) return;
        await more();
      }
    },
    cancel: () => reader.cancel(),
  };
};

/** A text of UTF-8, to its first zero byte. */
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes).replace(/\0.*$/s, '');
const textAt = (block: Uint8Array, from: number, length: number): string =>
  textOf(block.subarray(from, from + length));

type Records = Readonly<Record<string, string>>;

/** `<length> <key>=<value>` lines of an extended header. */
const recordsOf = (bytes: Uint8Array): Records => {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(decoder.decode(bytes.subarray(at, space)));
    if (space < 0 || !(length > 0)) break;
    const [key = '', ...value] = decoder.decode(bytes.subarray(space + 1, at + length - 1)).split('=');
    found[key] = value.join('=');
    at += length;
  }
  return found;
};

const TYPES: Readonly<Record<string, Entry['type']>> = {
  '\0': 'file',
  '0': 'file',
  S: 'file',
  '1': 'link',
  '2': 'link',
  '5': 'directory',
};
/** Types that have no data, whatever their size says: links, devices, directories and pipes. */
const WITHOUT_DATA = '123456';

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

const formatOf = (block: Uint8Array): keyof typeof PREFIX_LENGTHS => {
  const magic = decoder.decode(block.subarray(257, 265));
  if (magic === 'ustar  \0') return 'gnu';
  if (!magic.startsWith('ustar\0')) return 'v7';
  return decoder.decode(block.subarray(508, 512)) === 'tar\0' ? 'star' : 'ustar';
};

const nameOf = (block: Uint8Array): string => {
  const format = formatOf(block);
  const [name, prefix] = [textAt(block, 0, 100), textAt(block, PREFIX_AT, PREFIX_LENGTHS[format])];
  return hasPrefix(block, format, prefix) ? `${prefix}/${name}` : name;
};

/** The size of a file with holes in GNU tar's old format, whose map continues in blocks before the data. */
const takeOldSparse = async (header: Uint8Array, from: Pick<Source, 'take'>): Promise<number> => {
  let isMore = header[482] !== 0;
  while (isMore) isMore = ((await from.take(BLOCK))?.[504] ?? 0) !== 0;
  return readNumber(header, 'size', 483, 12);
};

/** Whether records of GNU tar describe holes: those of an unknown version do not. */
const describeHoles = (records: Records): boolean => {
  const [major, minor] = [records['GNU.sparse.major'], records['GNU.sparse.minor']];
  if (major || minor) return ['0.0', '0.1', '1.0'].includes(`${major}.${minor}`);
  return Boolean(records['GNU.sparse.map']) || 'GNU.sparse.offset' in records;
};

/** The fields that earlier headers set for an entry. */
interface Said {
  readonly records?: Records;
  readonly name?: string;
  readonly target?: string;
}

/** The entry of a header, of which it takes everything. */
const takeEntry = async (
  block: Uint8Array,
  { records = {}, ...said }: Said,
  from: Source,
): Promise<Entry> => {
  const flag = String.fromCharCode(block[156] ?? 0);
  const name = said.name || records.path || nameOf(block);
  const isDirectory = flag === '\0' && name.endsWith('/');
  const hasData = !isDirectory && !WITHOUT_DATA.includes(flag);
  const packed = records.size ? Number(records.size) : readNumber(block, 'size', 124, 12);
  if (hasData && !(packed >= 0)) throw new Error(`The size of ${name} is negative or no number.`);
  let [path, size] = [name, hasData ? packed : 0];
  if (flag === 'S') size = await takeOldSparse(block, from);
  else if (hasData && describeHoles(records)) {
    path = records['GNU.sparse.name'] || path;
    size = Number(records['GNU.sparse.size'] || records['GNU.sparse.realsize'] || packed);
  }
  await from.skip(hasData ? padded(packed) : 0);
  return {
    path: path.replace(/^(\.?\/)+|\/+$/g, ''),
    type: isDirectory ? 'directory' : (TYPES[flag] ?? 'other'),
    size,
    target: said.target || records.linkpath || textAt(block, 157, 100),
    modified: records.mtime ? Math.floor(Number(records.mtime)) : readNumber(block, 'time', 136, 12),
  };
};

/** The data of a header that belongs to the next entry. */
const takeExtended = async (block: Uint8Array, from: Source): Promise<Uint8Array> => {
  const length = readNumber(block, 'size', 124, 12);
  if (!(length >= 0 && length <= MOST_EXTENDED))
    throw new Error('The archive has a header that is too long to be shown.');
  return (await from.take(padded(length)))?.subarray(0, length) ?? new Uint8Array(0);
};

/**
 * The entries of a tar archive, without their contents, as the service reads them (`lib/element/archive/tar-reader.ts`). Throws if something else
 * is in place of a header: the data of a file must not look like entries.
 */
export async function* tarEntries(stream: ReadableStream<Uint8Array>): AsyncGenerator<Entry, void> {
  const from = reading(stream);
  try {
    let said: Said = {};
    for (let block = await from.take(BLOCK); block; block = await from.take(BLOCK)) {
      if (block.every((byte) => byte === 0)) return;
      if (!hasItsChecksum(block)) throw new Error('There is no header of tar where one belongs.');
      switch (String.fromCharCode(block[156] ?? 0)) {
        case 'x':
          said = { ...said, records: recordsOf(await takeExtended(block, from)) };
          break;
        case 'L':
          said = { ...said, name: textOf(await takeExtended(block, from)) };
          break;
        case 'K':
          said = { ...said, target: textOf(await takeExtended(block, from)) };
          break;
        case 'g':
          await takeExtended(block, from);
          said = {};
          break;
        default:
          yield await takeEntry(block, said, from);
          said = {};
      }
    }
  } finally {
    await from.cancel().catch(() => {});
  }
}

/** The archive in a stream, plain or decompressed by gzip. Throws for a format that a browser cannot read. */
export const unpacked = async (stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> => {
  const [probe, rest] = stream.tee();
  const reader = probe.getReader();
  const { value = new Uint8Array(0) } = await reader.read();
  reader.cancel().catch(() => {});
  if (value[0] === 0x1f && value[1] === 0x8b)
    return rest.pipeThrough(
      new DecompressionStream('gzip') as unknown as {
        readable: ReadableStream<Uint8Array>;
        writable: WritableStream<Uint8Array>;
      },
    );
  if (value[0] === 0x28 && value[1] === 0xb5) {
    rest.cancel().catch(() => {});
    throw new Error('The data is compressed by zstd, which no browser reads: download it to look into it.');
  }
  return rest;
};
