import type { ByteSource } from './byte-source.ts';
import { MAX_EXTENDED, type Records, SPARSE_MAP } from './extended-header.ts';
import { BLOCK, readNumber, type TarHeader } from './tar-header.ts';

/** A file with holes. */
export interface SparseFile {
  /** Bytes, with its holes. */
  readonly size: number;
  /** Bytes in the archive, without them. */
  readonly packedSize: number;
  readonly pieces: readonly Piece[];
  /**
   * The file's own name, in formats whose extended headers describe the holes: the main header then has another
   * name.
   */
  readonly name?: string;
}

/** The place of a piece of the data in the file. */
export type Piece = readonly [at: number, length: number];

const readDecimal = (text: string | undefined): number => {
  if (text === undefined || !/^\d{1,16}$/.test(text))
    throw new Error('its map of holes has no number where one belongs');
  return Number(text);
};

const toPieces = (numbers: readonly string[], count: number): Piece[] => {
  if (numbers.length !== 2 * count) throw new Error('its map of holes has another length than it says');
  return Array.from({ length: count }, (_, at) => [
    readDecimal(numbers[2 * at]),
    readDecimal(numbers[2 * at + 1]),
  ]);
};

/** Throws for pieces that overlap, are out of order or beyond the end, or do not match the size of the data. */
const toFile = (pieces: readonly Piece[], size: number, packedSize: number, mapSize = 0): SparseFile => {
  let end = 0;
  let total = mapSize;
  for (const [at, length] of pieces) {
    if (at < end || length < 0) throw new Error('its map of holes is out of order');
    end = at + length;
    total += length;
  }
  if (!(end <= size)) throw new Error('its map of holes goes beyond its end');
  if (total !== packedSize) throw new Error('its map of holes does not fit its data');
  return { size, packedSize, pieces };
};

const NUMBER = 12;
const IN_HEADER = { at: 386, count: 4, more: 482 };
const IN_BLOCK = { at: 0, count: 21, more: 504 };

/** GNU tar's old format: the map begins in the header, and continues in the blocks after it. */
export const readOldSparse = async (
  header: TarHeader,
  packedSize: number,
  source: ByteSource,
): Promise<SparseFile> => {
  if (header.format !== 'gnu') throw new Error('only GNU tar writes files with holes so');
  const size = readNumber(header.block, 'size', 483, NUMBER);
  const pieces: Piece[] = [];
  let { block } = header;
  let { at, count, more } = IN_HEADER;
  for (let read = 0; ; read += BLOCK) {
    for (let nth = 0; nth < count; nth += 1) {
      const start = at + nth * 2 * NUMBER;
      if (block[start] === 0) break;
      pieces.push([
        readNumber(block, 'map of holes', start, NUMBER),
        readNumber(block, 'map of holes', start + NUMBER, NUMBER),
      ]);
    }
    if (!block[more]) return toFile(pieces, size, packedSize);
    if (read > MAX_EXTENDED) throw new Error(`its map of holes is larger than ${MAX_EXTENDED} bytes`);
    block = await source.take(BLOCK);
    if (block.length < BLOCK) throw new Error('it ends in its map of holes');
    ({ at, count, more } = IN_BLOCK);
  }
};

/**
 * The map of version 1.0, which precedes the data in whole blocks: the number of pieces, then two numbers for
 * each piece, one on a line.
 */
const readMap = async (source: ByteSource): Promise<{ pieces: Piece[]; bytes: number }> => {
  const lines: string[] = [];
  let unfinished = '';
  let bytes = 0;
  const readTo = async (count: number): Promise<void> => {
    while (lines.length < count) {
      const block = await source.take(BLOCK);
      bytes += BLOCK;
      if (block.length < BLOCK || bytes > MAX_EXTENDED) throw new Error('its map of holes has no end');
      const found = `${unfinished}${block.toString('latin1')}`.split('\n');
      unfinished = found.pop() as string;
      lines.push(...found);
    }
  };
  await readTo(1);
  const count = readDecimal(lines[0]);
  await readTo(1 + 2 * count);
  return { pieces: toPieces(lines.slice(1, 1 + 2 * count), count), bytes };
};

/**
 * The holes that extended headers of GNU tar describe (its manual, Sparse Formats); undefined if they describe
 * none.
 */
export const readPaxSparse = async (
  records: Records,
  packedSize: number,
  source: ByteSource,
): Promise<SparseFile | undefined> => {
  const [major, minor] = [records.get('GNU.sparse.major'), records.get('GNU.sparse.minor')];
  const version = major || minor ? `${major}.${minor}` : '';
  const map = records.get(SPARSE_MAP);
  // Every unpacker takes a file of an unknown version as one without holes.
  if (!['', '0.0', '0.1', '1.0'].includes(version) || (version === '' && !map)) return undefined;
  const name = records.get('GNU.sparse.name');
  const size = readDecimal(
    records.get('GNU.sparse.size') || records.get('GNU.sparse.realsize') || String(packedSize),
  );
  const named = name ? { name } : {};
  if (version === '1.0') {
    const { pieces, bytes } = await readMap(source);
    return { ...toFile(pieces, size, packedSize, bytes), ...named, packedSize: packedSize - bytes };
  }
  const count = readDecimal(records.get('GNU.sparse.numblocks'));
  return { ...toFile(toPieces(map ? map.split(',') : [], count), size, packedSize), ...named };
};
