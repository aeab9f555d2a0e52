import { randomUUID } from 'node:crypto';
import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Attributes, Leaf } from '../docker/storage/file-tree.ts';
import { type ReadLayer, USUAL, withHoles } from '../docker/storage/tree-archive.ts';
import { shownPath } from '../push/shown-path.ts';
import type { Node } from './tree-path.ts';

/** How to write a tree to this machine. */
interface Unpacking {
  readonly readLayer: ReadLayer;
  /** Keeps owners, and the setuid and setgid bits. */
  readonly isWhole: boolean;
  /** Reports what differs from the volume. */
  readonly tell: (line: string) => void;
}

interface Placed {
  readonly path: Buffer;
  readonly leaf: Leaf;
}

const within = (directory: Buffer, name: string): Buffer =>
  Buffer.concat([directory, Buffer.from('/'), Buffer.from(name, 'latin1')]);

const typeAt = async (path: Buffer): Promise<'directory' | 'other' | undefined> => {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found && (found.isDirectory() ? 'directory' : 'other');
};

/** Checks the whole tree before it writes, and throws if an entry has no place. It never goes through an existing link, so it writes nothing outside. */
const assertRoom = async (path: Buffer, node: Node): Promise<void> => {
  const there = await typeAt(path);
  if (there === undefined) return;
  if (node.type !== 'directory') {
    if (there === 'directory')
      throw new Error(`${shownPath(path)} is a directory: a file does not replace it`);
    return;
  }
  if (there !== 'directory')
    throw new Error(`${shownPath(path)} is no directory: a directory does not replace it`);
  for (const [name, below] of node.below) await assertRoom(within(path, name), below);
};

/** Writes one tree. */
class Unpack {
  readonly #unpacking: Unpacking;
  readonly #files = new Map<number, Map<number, Placed>>();
  readonly #names = new Map<Leaf, Buffer>();
  /** Writes links last, so that no path goes through a new link. */
  readonly #links: Placed[] = [];
  readonly #made: { readonly path: Buffer; readonly said: Attributes }[] = [];
  #attributes = 0;
  count = 0;

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking;
  }

  async write(path: Buffer, node: Node): Promise<void> {
    await this.#place(path, node);
    for (const [layer, wanted] of this.#files) {
      let entry = -1;
      await this.#unpacking.readLayer(layer, ({ pieces }) => {
        entry += 1;
        const placed = wanted.get(entry);
        return placed && this.#fileWriter(placed, pieces ?? [[0, placed.leaf.size]]);
      });
    }
    for (const { path: at, leaf } of this.#links) await this.#link(at, leaf);
    // A write into a directory changes its time, so this sets times last, the innermost first.
    for (const { path: at, said } of this.#made.reverse()) await this.#describe(at, said);
    if (this.#attributes > 0)
      this.#unpacking.tell(`left out: extended attributes of ${this.#attributes} files`);
  }

  async #place(path: Buffer, node: Node): Promise<void> {
    this.count += 1;
    if (node.type === 'directory') {
      if ((await typeAt(path)) === undefined) {
        await mkdir(path, { mode: 0o700 });
        this.#made.push({ path, said: node.said ?? { ...USUAL, modified: BigInt(Date.now()) * 1_000_000n } });
      }
      for (const [name, below] of node.below) await this.#place(within(path, name), below);
      return;
    }
    const isFirst = !this.#names.has(node);
    if (node.type === 'file' || node.type === 'symlink') {
      if (isFirst) this.#names.set(node, path);
      if (isFirst && node.type === 'file') {
        const ofLayer = this.#files.get(node.layer) ?? new Map();
        this.#files.set(node.layer, ofLayer.set(node.entry, { path, leaf: node }));
      } else this.#links.push({ path, leaf: node });
    } else {
      this.count -= 1;
      this.#unpacking.tell(`left out: ${shownPath(path)} is a ${node.type.replace('-', ' ')}`);
    }
  }

  /** Writes a file under a temporary name until it is complete. */
  #fileWriter({ path, leaf }: Placed, pieces: Parameters<typeof withHoles>[0]) {
    const beside = within(path.subarray(0, path.lastIndexOf('/')), `.taskport-${randomUUID()}`);
    const file = open(beside, 'wx', 0o600);
    // The caller gets the error when it awaits the promise.
    file.catch(() => {});
    const data = withHoles(pieces, leaf.size, async (bytes) => {
      for (let rest = bytes; rest.length > 0; )
        rest = rest.subarray((await (await file).write(rest)).bytesWritten);
    });
    const drop = async (error: unknown): Promise<never> => {
      await (await file).close();
      await rm(beside, { force: true });
      throw error;
    };
    return {
      take: (bytes: Buffer) => data.take(bytes).catch(drop),
      end: async () => {
        await data.end().catch(drop);
        await (await file).close();
        await this.#describe(beside, leaf.said);
        await rename(beside, path);
      },
    };
  }

  async #link(path: Buffer, leaf: Leaf): Promise<void> {
    await rm(path, { force: true });
    const first = this.#names.get(leaf) as Buffer;
    if (!first.equals(path)) {
      await link(first, path);
      return;
    }
    await symlink(Buffer.from(leaf.linkname, 'latin1'), path);
    const { uid, gid, modified } = leaf.said;
    if (this.#ownersAreKept) await lchown(path, uid, gid);
    await lutimes(path, Number(modified) / 1e9, Number(modified) / 1e9);
  }

  get #ownersAreKept(): boolean {
    return this.#unpacking.isWhole && process.getuid?.() === 0;
  }

  async #describe(path: Buffer, { mode, uid, gid, modified, attributes }: Attributes): Promise<void> {
    if (attributes.length > 0) this.#attributes += 1;
    if (this.#ownersAreKept) await chown(path, uid, gid);
    await chmod(path, this.#unpacking.isWhole ? mode : mode & 0o777);
    await utimes(path, Number(modified) / 1e9, Number(modified) / 1e9);
  }
}

/** Writes a tree of a volume to a path of this machine, over existing files; answers the number of files and directories. */
export const unpackTree = async (path: string, node: Node, unpacking: Unpacking): Promise<number> => {
  // The temporary name of a file needs a directory.
  const at = Buffer.from(resolve(path));
  await assertRoom(at, node);
  const unpack = new Unpack(unpacking);
  await unpack.write(at, node);
  return unpack.count;
};
