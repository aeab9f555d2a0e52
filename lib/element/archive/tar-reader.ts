import type { ByteSource } from './byte-source.ts';
import { assertNumbers, MAX_EXTENDED, type Records, readRecords } from './extended-header.ts';
import { ofEntry } from './refusal.ts';
import { type Piece, readOldSparse, readPaxSparse, type SparseFile } from './sparse-file.ts';
import { BLOCK, hasItsChecksum, readHeader, readName, type TarHeader } from './tar-header.ts';

/** The type of an entry. */
export type EntryType =
  | 'file'
  | 'link'
  | 'symlink'
  | 'character-device'
  | 'block-device'
  | 'directory'
  | 'fifo'
  | 'unknown';

/** An entry as its headers together describe it. Text has one character for each byte. */
export interface TarEntry
  extends Pick<TarHeader, 'name' | 'linkname' | 'mode' | 'uid' | 'gid' | 'mtime' | 'device'> {
  readonly type: EntryType;
  /** The character of the type in its header. */
  readonly flag: string;
  /** Bytes of the unpacked file, including holes. */
  readonly size: number;
  /** The places of its data, for a file with holes. */
  readonly pieces?: readonly Piece[];
  /** They override the header. */
  readonly records: Records;
}

/** Takes the data of an entry as it comes, without its holes. */
export interface DataTaker {
  take(piece: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Called for each entry. It may ask for the data, all at once (up to 1 MiB) or as it arrives. */
export type Visit = (entry: TarEntry) => ((data: Buffer) => void) | DataTaker | undefined;

/** The most data that is handed over at once. */
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

/** Entries of other types have no data, whatever their size says. */
const hasData = (type: EntryType): boolean => type === 'file' || type === 'unknown';

/** The fields that earlier headers set for an entry. */
interface Said {
  readonly records?: Records;
  readonly name?: string;
  readonly linkname?: string;
}

const NONE: Records = new Map();

const isEnd = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** Skips the padding of a block. The last one of an archive may be missing. */
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

/** The data of a header that belongs to another entry. */
const takeExtended = ({ size }: TarHeader, source: ByteSource): Promise<Buffer> => {
  if (size < 0 || size > MAX_EXTENDED)
    throw new Error(`its data, which describes the next entry, has more than ${MAX_EXTENDED} bytes`);
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
  // Most entries have no records and no data, and need no waiting.
  const isSparse = hasData(type) && (header.type === OLD_SPARSE || records.size > 0);
  const sparse = isSparse ? await readSparse(header, records, packed, source) : undefined;
  const { mode, uid, gid, mtime, device } = header;
  const take = visit({
    name: sparse?.name ?? name,
    type,
    flag: header.type,
    linkname: said.linkname || records.get('linkpath') || header.linkname,
    mode,
    uid,
    gid,
    mtime,
    device,
    records,
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

/** Reads the data of a header, and answers the fields that it sets for the next entry. */
const readNext = async (header: TarHeader, said: Said, source: ByteSource, visit: Visit): Promise<Said> => {
  switch (header.type) {
    case 'x':
      return { ...said, records: readRecords(await takeExtended(header, source)) };
    case 'L':
      return { ...said, name: upToZero(await takeExtended(header, source)) };
    case 'K':
      return { ...said, linkname: upToZero(await takeExtended(header, source)) };
    case 'g':
      // Docker and containerd ignore global headers, and drop the fields that headers before them set.
      readRecords(await takeExtended(header, source));
      return {};
    default:
      await readEntry(header, said, source, visit);
      return {};
  }
};

/**
 * Reads a tar archive (V7, POSIX ustar and pax, star, GNU) to its end, in the same way as Go's `archive/tar`,
 * which Docker and containerd use: it ignores the bytes after the end mark. Throws `data-error` [entry] for a
 * wrong entry, another error if the bytes are no archive, and the errors of `visit`.
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
