import type { Piece } from '../../../lib/element/archive/sparse-file.ts';
import type { DataTaker, Visit } from '../../../lib/element/archive/tar-reader.ts';
import { END, padding, type TarEntry, tarHeader } from '../../push/tar-header.ts';
import type { Attributes, Directory, Leaf } from './file-tree.ts';

/** Takes the next bytes of an archive. */
export type Write = (bytes: Buffer) => Promise<void>;

/** Reads a layer of the tree again. */
export type ReadLayer = (layer: number, visit: Visit) => Promise<void>;

/** The attributes of directories that no entry describes. */
export const USUAL: Attributes = { mode: 0o755, uid: 0, gid: 0, modified: 0n, attributes: [] };
const ZEROS = Buffer.alloc(64 * 1024);

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

const headerOf = (
  type: TarEntry['type'],
  path: string,
  said: Attributes,
  more: Partial<Pick<TarEntry, 'linkname' | 'device' | 'size'>> = {},
): Buffer => tarHeader({ type, name: bytesOf(path), size: 0, ...said, ...more });

/** Passes on the data of a file as it arrives, with zeros for its holes. */
export const withHoles = (pieces: readonly Piece[], size: number, write: Write): DataTaker => {
  let position = 0;
  let piece = 0;
  const fillTo = async (end: number): Promise<void> => {
    for (; position < end; position += Math.min(ZEROS.length, end - position))
      await write(ZEROS.subarray(0, Math.min(ZEROS.length, end - position)));
  };
  return {
    async take(bytes) {
      for (let rest = bytes; rest.length > 0; ) {
        const [start, length] = pieces[piece] as Piece;
        if (position >= start + length) piece += 1;
        else {
          await fillTo(start);
          const taken = rest.subarray(0, start + length - position);
          await write(taken);
          position += taken.length;
          rest = rest.subarray(taken.length);
        }
      }
    },
    end: () => fillTo(size),
  };
};

/** Writes the header of a file and its data. */
const fileWriter = (
  path: string,
  { said, size }: Leaf,
  pieces: readonly Piece[],
  write: Write,
): DataTaker => {
  const data = withHoles(pieces, size, write);
  let header: Buffer | undefined = headerOf('file', path, said, { size });
  const begin = async (): Promise<void> => {
    if (header) await write(header);
    header = undefined;
  };
  return {
    async take(bytes) {
      await begin();
      await data.take(bytes);
    },
    async end() {
      await begin();
      await data.end();
      await write(padding(size));
    },
  };
};

/**
 * Writes a tree as one archive: first directories, so that no path goes through a link; then files, in the order of the layers; at last
 * links. `root` is its path in the archive. A leaf is an archive of one file.
 */
export const writeTree = async (
  tree: Directory | Leaf,
  root: string,
  readLayer: ReadLayer,
  write: Write,
): Promise<void> => {
  const files = new Map<number, Map<number, { readonly path: string; readonly leaf: Leaf }>>();
  const names = new Map<Leaf, string>();
  const rest: { readonly path: string; readonly leaf: Leaf }[] = [];

  const addLeaf = (path: string, leaf: Leaf): void => {
    const isFirst = !names.has(leaf);
    if (isFirst) names.set(leaf, path);
    if (!isFirst || leaf.type !== 'file') rest.push({ path, leaf });
    else {
      const ofLayer = files.get(leaf.layer) ?? new Map();
      files.set(leaf.layer, ofLayer.set(leaf.entry, { path, leaf }));
    }
  };
  const writeDirectory = async (path: string, { said = USUAL, below }: Directory): Promise<void> => {
    await write(headerOf('directory', path, said));
    for (const [name, node] of below) {
      const at = path === '.' ? name : `${path}/${name}`;
      if (node.type === 'directory') await writeDirectory(at, node);
      else addLeaf(at, node);
    }
  };

  if (tree.type === 'directory') await writeDirectory(root, tree);
  else addLeaf(root, tree);
  for (const [layer, wanted] of files) {
    let entry = -1;
    await readLayer(layer, ({ pieces }) => {
      entry += 1;
      const found = wanted.get(entry);
      return found && fileWriter(found.path, found.leaf, pieces ?? [[0, found.leaf.size]], write);
    });
  }
  for (const { path, leaf } of rest) {
    const { type, said, linkname, device } = leaf;
    const first = names.get(leaf) as string;
    if (first !== path) await write(headerOf('link', path, said, { linkname: bytesOf(first) }));
    else if (type === 'symlink') await write(headerOf(type, path, said, { linkname: bytesOf(linkname) }));
    else await write(headerOf(type, path, said, { device }));
  }
  await write(END);
};

/** Writes an archive of directories that no entry describes; `paths` are below `root`, parents first. */
export const writeDirectories = async (
  root: string,
  paths: readonly string[],
  write: Write,
): Promise<void> => {
  for (const path of paths)
    await write(headerOf('directory', `${root}/${Buffer.from(path).toString('latin1')}`, USUAL));
  await write(END);
};
