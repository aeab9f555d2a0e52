import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { type AttributeReader, attributeReader } from './extended-attributes.ts';
import { deviceOf, type Kept, reasonAgainst, typeOf } from './packed-types.ts';
import { shownPath } from './shown-path.ts';
import { END, OPAQUE, padding, type TarEntry, tarHeader } from './tar-header.ts';

/** The size of each read of a file. */
const READ_BYTES = 2 ** 20;
/** Small pieces are combined up to this size, because each piece that is passed on costs time. */
const GATHER_BYTES = 2 ** 18;
const SLASH = Buffer.from('/');

/** Attributes with the same meaning on other machines; others are labels, keys and notes of this machine's kernel. */
const KEPT = /^(user\..|security\.capability$|system\.posix_acl_(access|default)$)/s;
/** An extended header ends a name at `=`, for which GNU tar writes these characters. */
const UNWRITABLE = /=|%(3D|25)/;

interface Packing {
  readonly kept: Kept;
  /** The packed directory, without a trailing slash. */
  readonly root: Buffer;
  readonly attributes: AttributeReader | undefined;
  /** Reports what the archive does not keep. */
  readonly tell: (line: string) => void;
  /** Files with more than one name, by inode, with the name under which they were packed. */
  readonly links: Map<string, Buffer>;
  /** Omitted attributes: how many files have them, and the first. */
  readonly unkept: Map<string, { count: number; readonly first: string }>;
}

const within = (directory: Buffer, name: Buffer): Buffer => Buffer.concat([directory, SLASH, name]);

const inodeOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The answer of a call on a path; undefined, with a report, if the path is gone since it was listed. Throws an error that names the path. */
const whileThere = <T>(tell: Packing['tell'], path: Buffer, call: () => T): T | undefined => {
  try {
    return call();
  } catch (error) {
    if (!isGone(error)) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw Object.assign(new Error(`${shownPath(path)} cannot be read: ${code ?? message}`), {
        cause: error,
      });
    }
    tell(`left out: ${shownPath(path)} is gone since it was listed`);
    return undefined;
  }
};

const leaveOut = (unkept: Packing['unkept'], name: string, path: Buffer): void => {
  const known = unkept.get(name);
  if (known) known.count += 1;
  else unkept.set(name, { count: 1, first: shownPath(path) });
};

/** The attributes to keep; notes the names of others. */
const keptAttributes = (
  { attributes, unkept, tell }: Packing,
  path: Buffer,
): (readonly [name: string, value: Buffer])[] => {
  if (!attributes) return [];
  return (whileThere(tell, path, () => attributes.list(path)) ?? []).flatMap((name) => {
    if (KEPT.test(name) && !UNWRITABLE.test(name)) {
      const value = whileThere(tell, path, () => attributes.get(path, name));
      return value ? [[name, value] as const] : [];
    }
    leaveOut(unkept, name, path);
    return [];
  });
};

/** The header of a file of this size. */
const headerOf = (
  packing: Packing,
  path: Buffer,
  found: BigIntStats,
  entry: Pick<TarEntry, 'type' | 'name' | 'linkname' | 'device'>,
): Buffer =>
  tarHeader({
    ...entry,
    mode: Number(found.mode & 0o7777n),
    uid: Number(found.uid),
    gid: Number(found.gid),
    size: entry.type === 'file' ? Number(found.size) : 0,
    modified: found.mtimeNs,
    attributes: entry.type === 'link' ? [] : keptAttributes(packing, path),
  });

/**
 * A file, with the size that it had when it was opened. Like GNU tar, this ignores what a growing file gains and fills a shrinking one
 * with zeros, because the header is already written.
 */
function* packFile(packing: Packing, path: Buffer, name: Buffer): Generator<Buffer> {
  const { tell, links } = packing;
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = whileThere(tell, path, () => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return;
  try {
    const found = fstatSync(file, { bigint: true });
    if (!found.isFile()) throw new Error(`${shownPath(path)} was replaced while it was read`);
    yield headerOf(packing, path, found, { type: 'file', name });
    const size = Number(found.size);
    let left = size;
    while (left > 0) {
      const bytes = Buffer.allocUnsafe(Math.min(left, READ_BYTES));
      const length = whileThere(tell, path, () => readSync(file, bytes, 0, bytes.length, null)) ?? 0;
      if (length === 0) break;
      left -= length;
      yield bytes.subarray(0, length);
    }
    const { size: sizeNow, mtimeNs } = fstatSync(file, { bigint: true });
    if (left > 0) tell(`${shownPath(path)} shrank while it was read: its last ${left} bytes are zeros`);
    else if (sizeNow > found.size)
      tell(`${shownPath(path)} grew while it was read: its first ${size} bytes are packed`);
    else if (mtimeNs !== found.mtimeNs) tell(`${shownPath(path)} was changed while it was read`);
    for (; left > 0; left -= Math.min(left, READ_BYTES)) yield Buffer.alloc(Math.min(left, READ_BYTES));
    yield padding(size);
    if (found.nlink > 1n) links.set(inodeOf(found), name);
  } finally {
    closeSync(file);
  }
}

/** A path and everything in it; `above` are the directories that contain it, by inode. */
function* pack(packing: Packing, name: Buffer, above: readonly string[]): Generator<Buffer> {
  const { tell, links, kept } = packing;
  const path = within(packing.root, name);
  const found = whileThere(tell, path, () => lstatSync(path, { bigint: true }));
  const reason = found && reasonAgainst(kept, name, found);
  const type = found && typeOf(found);
  if (reason !== undefined) tell(`left out: ${shownPath(path)} ${reason}`);
  if (!found || type === undefined || reason !== undefined) return;
  const inode = inodeOf(found);
  if (type === 'directory') {
    if (above.includes(inode)) tell(`left out: ${shownPath(path)} is a directory that it is in itself`);
    else yield* packTree(packing, name, found, above);
    return;
  }
  const linkname = links.get(inode);
  if (linkname) yield headerOf(packing, path, found, { type: 'link', name, linkname });
  else if (type === 'file') yield* packFile(packing, path, name);
  else if (type !== 'symlink') {
    yield headerOf(packing, path, found, { type, name, device: deviceOf(found) });
    if (found.nlink > 1n) links.set(inode, name);
  } else {
    const target = whileThere(tell, path, () => readlinkSync(path, 'buffer'));
    if (target) yield headerOf(packing, path, found, { type, name, linkname: target });
  }
}

/** A directory and everything in it, sorted by the bytes of names. */
function* packTree(
  packing: Packing,
  name: Buffer,
  found: BigIntStats,
  above: readonly string[],
): Generator<Buffer> {
  const path = within(packing.root, name);
  const names = whileThere(packing.tell, path, () => readdirSync(path, { encoding: 'buffer' }));
  if (!names) return;
  yield headerOf(packing, path, found, { type: 'directory', name: Buffer.concat([name, SLASH]) });
  const all = [...above, inodeOf(found)];
  for (const each of names.sort(Buffer.compare)) yield* pack(packing, within(name, each), all);
}

const ROOT_MODE = 0o755;

/** The packed directory itself: its own entry, or, without one, a report of what is lost. */
function* packRoot(packing: Packing, found: BigIntStats): Generator<Buffer> {
  const { root, attributes, unkept, tell, kept } = packing;
  if (kept.root) {
    yield headerOf(packing, root, found, { type: 'directory', name: Buffer.from('./') });
    if (kept.alone) yield OPAQUE;
    return;
  }
  for (const name of attributes?.list(root) ?? []) leaveOut(unkept, name, root);
  const { uid, gid } = found;
  const mode = Number(found.mode & 0o7777n);
  if (uid === 0n && gid === 0n && mode === ROOT_MODE) return;
  const had = `owner ${uid}:${gid}, mode ${mode.toString(8)}`;
  tell(`left out: ${shownPath(root)} itself (${had}): the root of an image is 0:0, ${ROOT_MODE.toString(8)}`);
}

/** A directory and everything in it; or only one entry of it. */
function* packAll(packing: Packing, only?: Buffer): Generator<Buffer> {
  const { attributes, unkept, tell } = packing;
  if (!attributes) tell('left out: extended attributes, which cannot be read on this machine');
  if (only) yield* pack(packing, only, []);
  else yield* packContents(packing);
  for (const [name, { count, first }] of unkept) {
    tell(`left out: ${name} of ${count === 1 ? first : `${count} files, the first of which is ${first}`}`);
  }
  yield END;
}

function* packContents(packing: Packing): Generator<Buffer> {
  const { root, tell } = packing;
  const found = whileThere(tell, root, () => statSync(root, { bigint: true }));
  const names = found && whileThere(tell, root, () => readdirSync(root, { encoding: 'buffer' }));
  if (!found || !names) return;
  yield* packRoot(packing, found);
  for (const each of names.sort(Buffer.compare)) yield* pack(packing, each, [inodeOf(found)]);
}

/** The same bytes in fewer pieces. */
function* gathered(pieces: Iterable<Buffer>): Generator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    if (size < GATHER_BYTES) continue;
    yield Buffer.concat(held);
    [held, size] = [[], 0];
  }
  yield Buffer.concat(held);
}

/**
 * A directory as a tar archive (POSIX.1-2017, pax), read as it is packed: names, owners, modes, times, links and extended attributes, in
 * a fixed order, so that the same directory makes the same archive. `only` names the one entry to pack. Reports by name what it does not
 * keep.
 */
export async function* packDirectory(
  root: string,
  kept: Kept,
  tell: (line: string) => void,
  only?: string,
): AsyncGenerator<Buffer> {
  const attributes = await attributeReader();
  const packing = { root: Buffer.from(root), kept, attributes, tell, links: new Map(), unkept: new Map() };
  yield* gathered(packAll(packing, only === undefined ? undefined : Buffer.from(only)));
}
