import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileSlice } from '../../client/data-source.ts';
import { decompressor, MAGIC_BYTES } from '../../lib/element/archive/decompressor.ts';
import { UsageError } from '../usage-error.ts';
import { ArchiveBeginning, type Member } from './archive-beginning.ts';

/** The files of an image, by name: those of a directory, or the entries of an archive, which stays packed. */
export interface ImageFiles {
  /** A description for people. */
  readonly path: string;
  /** The bytes of a file; undefined if it does not exist. */
  find(name: string): Promise<FileSlice | undefined>;
  /** Whether a link leads to a file outside: then the file is not part of the image. */
  isOutside(name: string): Promise<boolean>;
  /** Removes temporary files. */
  close(): Promise<void>;
}

/** The most bytes of a document: what the service takes in one call. */
const MAX_DOCUMENT = 4 * 2 ** 20;
const MAX_MEMBERS = 100_000;
/** The most links to follow to a file. */
const MAX_LINKS = 8;

/** All bytes, up to the size of a document. Throws `UsageError` for more. */
export const readSlice = async ({ path, from, size }: FileSlice, what: string): Promise<Buffer> => {
  if (size > MAX_DOCUMENT)
    throw new UsageError(`${what} has ${size} bytes: a document of an image has at most ${MAX_DOCUMENT}`);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, from);
    if (bytesRead < size) throw new UsageError(`${what} is cut off: it has ${bytesRead} of ${size} bytes`);
    return buffer;
  } finally {
    await file.close();
  }
};

/** The first bytes, which tell the compression. */
export const readMagic = ({ path, from, size }: FileSlice): Promise<Buffer> =>
  readSlice({ path, from, size: Math.min(size, MAGIC_BYTES) }, path);

export const filesOfDirectory = (root: string): ImageFiles => ({
  path: root,
  find: async (name) => {
    const path = join(root, name);
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? { path, from: 0, size: found.size } : undefined;
  },
  isOutside: async (name) => {
    const [directory, path] = await Promise.all([realpath(root), realpath(join(root, name))]);
    return !path.startsWith(`${directory}${sep}`);
  },
  close: async () => {},
});

/** A name to compare: without `./` at the start and `/` at the end. */
export const plainName = (name: string): string => name.replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');

/** The target of a link in an archive; a name that leads out of the archive matches nothing. */
const linked = ({ type, linkname }: Member, name: string): string =>
  type === 'symlink' ? posix.join(posix.dirname(name), linkname) : plainName(linkname);

/** A decompressed archive in a temporary directory. */
const unpack = async (
  path: string,
  from: FileSlice,
  signal: AbortSignal,
): Promise<{ readonly plain: string; readonly directory?: string }> => {
  const unpacking = decompressor(await readMagic(from));
  if (!unpacking) return { plain: path };
  const directory = await mkdtemp(join(tmpdir(), 'taskport-'));
  const plain = join(directory, 'archive.tar');
  try {
    await pipeline(createReadStream(path), unpacking, createWriteStream(plain), { signal });
    return { plain, directory };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
};

/** The entries of an archive; `called` describes it to people. Decompresses a compressed one into a temporary file. */
export const filesOfArchive = async (
  path: string,
  called: string,
  signal: AbortSignal,
): Promise<ImageFiles> => {
  const { size } = await stat(path);
  const { plain, directory } = await unpack(path, { path, from: 0, size }, signal);
  const close = async (): Promise<void> => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  const members = new Map<string, Member>();
  const archive = await ArchiveBeginning.open(plain);
  try {
    for await (const member of archive.members(MAX_MEMBERS)) members.set(plainName(member.name), member);
    if (archive.isCut)
      throw new UsageError(`${called} is damaged, cut off, or has more than ${MAX_MEMBERS} entries`);
  } catch (error) {
    await close();
    throw error;
  } finally {
    await archive.close();
  }
  const find = async (name: string): Promise<FileSlice | undefined> => {
    let at = name;
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const member = members.get(at);
      if (member?.type === 'file') return { path: plain, from: member.at, size: member.size };
      if (member === undefined || member.type === 'other') return undefined;
      at = linked(member, at);
    }
    return undefined;
  };
  return { path: called, find, isOutside: async () => false, close };
};
