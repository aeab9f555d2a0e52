import type { ByteSource } from './byte-source.ts';
import { assertNumbers, MAX_EXTENDED, type Records, readRecords } from './extended-header.ts';
import { ofEntry } from './refusal.ts';
import { type Piece, readOldSparse, readPaxSparse, type SparseFile } from './sparse-file.ts';
import { BLOCK, hasItsChecksum, readHeader, readName, type TarHeader } from './tar-header.ts';

/** What an entry is. */
export type EntryType =
  | 'file'
  | 'link'
  | 'symlink'
  | 'character-device'
  | 'block-device'
  | 'directory'
  | 'fifo'
  | 'unknown';

/** An entry as its headers together describe it. Text is as bytes, a character each. */
export interface TarEntry
  extends Pick<TarHeader, 'name' | 'linkname' | 'mode' | 'uid' | 'gid' | 'mtime' | 'device'> {
  readonly type: EntryType;
  /** What its header has for the type. */
  readonly flag: string;
  /** Bytes that it has when it is unpacked, holes included. */
  readonly size: number;
  /** Where its data is, of a file with holes. */
  readonly pieces?: readonly Piece[];
  /** They say more than the header, and go before it. */
  readonly records: Records;
}

/** Takes the data of an entry as it comes, without its holes. */
export interface DataTaker {
  take(piece: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Called with each entry; with the data as well where it asks for it, all at once (up to 1 MiB) or as it comes. */
export type Visit = (entry: TarEntry) => ((data: Buffer) => void) | DataTaker | undefined;

/** Data that is handed out is at most so large. */
const MAX_HANDED = MAX_EXTENDED;

const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  S: 'file',
};
const OLD_SPARSE = 'S';

/** These have no data, whatever their size says. */
const hasData = (type: EntryType): boolean => type === 'file' || type === 'unknown';

/** What headers before an entry say of it. */
interface Said {
  readonly records?: Records;
  readonly name?: string;
  readonly linkname?: string;
}

const NONE: Records = new Map();

const isEnd = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** Passes over what fills up to a whole block. The last of an archive may lack it. */
const skipPadding = (source: ByteSource, size: number): Promise<number> =>
  source.skip((BLOCK - (size % BLOCK)) % BLOCK);

const takeData = async (source: ByteSource, size: number): Promise<Buffer> => {
  const data = await source.take(size);
  if (data.length < size) throw new Error('the archive ends before its data does');
  await skipPadding(source, size);
  return data;
};

const skipData = async (source: ByteSource, size: number, taker?: DataTaker): Promise<void> => {
  if ((await source.skip(size, taker && ((piece) => taker.take(piece)))) < size)
    throw new Error('the archive ends before its data does');
  await skipPadding(source, size);
};

/** The data of a header that is none of an entry. */
const takeExtended = ({ size }: TarHeader, source: ByteSource): Promise<Buffer> => {
  if (size < 0 || size > MAX_EXTENDED)
    throw new Error(`its data, which is of what follows, has more than ${MAX_EXTENDED} bytes`);
  return takeData(source, size);
};

const upToZero = (bytes: Buffer): string => bytes.toString('latin1').split('\0', 1)[0] as string;

const typeOf = ({ type }: TarHeader, name: string): EntryType =>
  type === '\0' && name.endsWith('/') ? 'directory' : (TYPES[type] ?? 'unknown');

const readSparse = (
  header: TarHeader,
  records: Records,
  packedSize: number,
  source: ByteSource,
): Promise<SparseFile | undefined> =>
  header.type === OLD_SPARSE
    ? readOldSparse(header, packedSize, source)
    : readPaxSparse(records, packedSize, source);

const readEntry = async (
  header: TarHeader,
  { records = NONE, ...said }: Said,
  source: ByteSource,
  visit: Visit,
): Promise<void> => {
  assertNumbers(records);
  const name = said.name || records.get('path') || header.name;
  const type = typeOf(header, name);
  const size = records.get('size') ? Number(records.get('size')) : header.size;
  if (hasData(type) && !(size >= 0)) throw new Error('its size is negative');
  const packed = hasData(type) ? size : 0;
  // Most have no records and no data, and wait for nothing.
  const isSparse = hasData(type) && (header.type === OLD_SPARSE || records.size > 0);
  const sparse = isSparse ? await readSparse(header, records, packed, source) : undefined;
  const { mode, uid, gid, mtime, device } = header;
  const take = visit({
    name: sparse?.name ?? name,
    type,
    flag: header.type,
    linkname: said.linkname || records.get('linkpath') || header.linkname,
    ...{ mode, uid, gid, mtime, device, records },
    size: sparse?.size ?? packed,
    ...(sparse && { pieces: sparse.pieces }),
  });
  const left = sparse?.packedSize ?? packed;
  if (typeof take === 'object') {
    await skipData(source, left, take);
    await take.end();
  } else if (take && left <= MAX_HANDED) take(await takeData(source, left));
  else if (left > 0) await skipData(source, left);
};

/** Reads what belongs to a header, and answers what it leaves to say of the next. */
const readNext = async (header: TarHeader, said: Said, source: ByteSource, visit: Visit): Promise<Said> => {
  switch (header.type) {
    case 'x':
      return { ...said, records: readRecords(await takeExtended(header, source)) };
    case 'L':
      return { ...said, name: upToZero(await takeExtended(header, source)) };
    case 'K':
      return { ...said, linkname: upToZero(await takeExtended(header, source)) };
    case 'g':
      // What is said of all that follow is for nobody: Docker and containerd pass it over, and what was said before it.
      readRecords(await takeExtended(header, source));
      return {};
    default:
      await readEntry(header, said, source, visit);
      return {};
  }
};

/**
 * Reads a tar archive (V7, POSIX ustar and pax, star, GNU) to its end, as Go's `archive/tar` does, by which Docker and containerd
 * read: what comes behind the mark of its end is not looked at. Throws `data-error` [entry] for an entry that is wrong, another
 * error for what is none, and whatever `visit` throws.
 */
export const readTar = async (source: ByteSource, visit: Visit): Promise<void> => {
  for (let said: Said = {}; ; ) {
    const block: Buffer = source.ready(BLOCK) ?? (await source.take(BLOCK));
    if (block.length === 0) return;
    if (block.length < BLOCK) throw new Error('it is cut off');
    if (isEnd(block)) {
      const second = await source.take(BLOCK);
      if (second.length === 0 || (second.length === BLOCK && isEnd(second))) return;
      throw new Error('half of the mark of its end follows');
    }
    if (!hasItsChecksum(block)) throw new Error('there is no header of tar where one belongs');
    const { name, records } = said;
    const named = () => name || records?.get('path') || readName(block);
    said = await ofEntry(named, () => readNext(readHeader(block), said, source, visit));
  }
};
