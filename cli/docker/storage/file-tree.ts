import { ArchiveRoot, WHITEOUT_PREFIX } from '../../../lib/element/archive/archive-path.ts';
import { shown } from '../../../lib/element/archive/refusal.ts';
import type { TarEntry, Visit } from '../../../lib/element/archive/tar-reader.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';

/** The attributes of a file. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
  readonly attributes: readonly (readonly [name: string, value: Buffer])[];
}

/** Anything except a directory; hard links are one leaf with several names. */
export interface Leaf {
  readonly type: 'file' | 'symlink' | 'character-device' | 'block-device' | 'fifo';
  /** The layer and the entry that it comes from, both counted from 0. */
  readonly layer: number;
  readonly entry: number;
  readonly linkname: string;
  readonly device: TarEntry['device'];
  readonly size: number;
  said: Attributes;
}

export interface Directory {
  readonly type: 'directory';
  /** Absent if no entry describes the directory. */
  said?: Attributes;
  /** By names, as strings with a character for each byte. */
  readonly below: Map<string, Leaf | Directory>;
}

/** What a layer states of a directory, and what it removes from lower layers there. */
interface LayerDirectory extends Directory {
  readonly below: Map<string, Leaf | LayerDirectory>;
  removed?: Set<string>;
  isOpaque?: boolean;
}

const newDirectory = (): LayerDirectory => ({ type: 'directory', below: new Map() });

const OPAQUE = '.wh..wh..opq';
/** Prefix of names that AUFS uses: one of them has a meaning, and hard links may refer to files below others. */
const RESERVED = '.wh..wh.';

const XATTR = 'SCHILY.xattr.';
/** Other attributes have a meaning only on their own machine, as for a push. */
const KEPT_ATTRIBUTES = /^(?:user\..+|security\.capability|system\.posix_acl_(?:access|default))$/;

const NANOSECONDS = 1_000_000_000n;

const toNanoseconds = (time: string): bigint => {
  const [seconds = '0', fraction = ''] = time.split('.');
  const rest = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return BigInt(seconds) * NANOSECONDS + (time.startsWith('-') ? -rest : rest);
};

/** The attributes of a file in an entry. */
export const attributesOf = ({ mode, uid, gid, mtime, records }: TarEntry): Attributes => ({
  // The type of an entry is not part of the mode.
  mode: mode & 0o7777,
  uid: Number(records.get('uid') || uid),
  gid: Number(records.get('gid') || gid),
  modified: toNanoseconds(records.get('mtime') || String(mtime)),
  attributes: [...records].flatMap(([key, value]) => {
    const name = key.startsWith(XATTR) ? key.slice(XATTR.length) : '';
    return KEPT_ATTRIBUTES.test(name) ? [[name, Buffer.from(value, 'latin1')] as const] : [];
  }),
});

/** One layer, unpacked by itself. */
class Layer {
  readonly root = newDirectory();
  readonly #number: number;
  readonly #paths = new ArchiveRoot();
  #entries = 0;

  constructor(number: number) {
    this.#number = number;
  }

  add(entry: TarEntry): void {
    const number = this.#entries;
    this.#entries += 1;
    const { place, target } = this.#paths.add(entry);
    const name = place.at(-1);
    if (name === undefined) {
      this.root.said = attributesOf(entry);
      return;
    }
    const directory = this.#directory(entry, place.slice(0, -1));
    if (name === OPAQUE) directory.isOpaque = true;
    else if (name.startsWith(RESERVED)) return;
    else if (name.startsWith(WHITEOUT_PREFIX)) remove(directory, name.slice(WHITEOUT_PREFIX.length));
    else if (isWhiteout(entry)) {
      directory.below.delete(name);
      remove(directory, name);
    } else if (target) directory.below.set(name, this.#linked(entry, target));
    else this.#set(directory, name, entry, number);
  }

  #set(directory: LayerDirectory, name: string, entry: TarEntry, number: number): void {
    const { type, linkname, device, size } = entry;
    const said = attributesOf(entry);
    if (type === 'directory') {
      const found = directory.below.get(name);
      if (found?.type === 'directory') found.said = said;
      else directory.below.set(name, { ...newDirectory(), said });
    } else if (type === 'unknown' || type === 'link') throw misfit(entry, 'is of a type that nobody unpacks');
    else
      directory.below.set(name, { type, layer: this.#number, entry: number, linkname, device, size, said });
  }

  /** The target of a hard link; engines read its header as one of the file. */
  #linked(entry: TarEntry, target: readonly string[]): Leaf {
    let found: Leaf | LayerDirectory | undefined = this.root;
    for (const step of target) found = found?.type === 'directory' ? found.below.get(step) : undefined;
    if (found === undefined || found.type === 'directory')
      throw misfit(entry, 'is a hard link to no file before it');
    if (found.type !== 'symlink') {
      const { attributes, ...said } = attributesOf(entry);
      found.said = { ...said, attributes: [...found.said.attributes, ...attributes] };
    }
    return found;
  }

  #directory(entry: TarEntry, place: readonly string[]): LayerDirectory {
    let directory = this.root;
    for (const step of place) {
      let next = directory.below.get(step);
      if (next === undefined) {
        next = newDirectory();
        directory.below.set(step, next);
      }
      if (next.type !== 'directory') throw misfit(entry, 'is below a file');
      directory = next;
    }
    return directory;
  }
}

const misfit = ({ name }: TarEntry, what: string): LaunchError => new LaunchError(`${shown(name)} ${what}`);

/** Overlays, with which engines stack layers, support this form of removal. */
const isWhiteout = ({ type, device }: TarEntry): boolean =>
  type === 'character-device' && device.major === 0 && device.minor === 0;

const remove = (directory: LayerDirectory, name: string): void => {
  directory.removed ??= new Set();
  directory.removed.add(name);
};

const putOver = (lower: Directory, upper: LayerDirectory): void => {
  if (upper.isOpaque) lower.below.clear();
  for (const name of upper.removed ?? []) lower.below.delete(name);
  if (upper.said) lower.said = upper.said;
  for (const [name, node] of upper.below) {
    if (name.startsWith(RESERVED)) continue;
    const old = lower.below.get(name);
    if (node.type !== 'directory') lower.below.set(name, node);
    else {
      // A directory in place of something else has none of its attributes and contents.
      const directory: Directory = old?.type === 'directory' ? old : { type: 'directory', below: new Map() };
      lower.below.set(name, directory);
      putOver(directory, node);
    }
  }
};

/**
 * The merged result of layers (OCI image-spec, layer.md), before any byte is unpacked. A directory that a layer does not describe keeps
 * the attributes from the layers below, as in containerd.
 */
export class FileTree {
  readonly root: Directory = { type: 'directory', below: new Map() };
  #layers: number;

  /** `first` is the number of the first layer. */
  constructor(first = 0) {
    this.#layers = first;
  }

  /** Adds the next layer over the earlier ones; `read` calls back with each entry. Throws for an archive that no engine unpacks. */
  async putLayer(read: (take: (entry: TarEntry) => void) => Promise<void>): Promise<void> {
    const layer = new Layer(this.#layers);
    this.#layers += 1;
    await read((entry) => layer.add(entry));
    putOver(this.root, layer.root);
  }

  /** The merged result of this many layers, of which `readLayer` reads each. */
  static async of(
    layers: number,
    readLayer: (layer: number, visit: Visit) => Promise<void>,
  ): Promise<FileTree> {
    const tree = new FileTree();
    for (let layer = 0; layer < layers; layer += 1)
      await tree.putLayer((take) => readLayer(layer, (entry) => void take(entry)));
    return tree;
  }

  /** Drops the attributes of the root: the engine sets those of an image's root. */
  forgetRoot(): void {
    delete this.root.said;
  }

  /** Creates the directory for a mount, but none beyond a link, which the engine follows when it mounts. */
  addMountPoint(path: string): void {
    let directory = this.root;
    for (const step of path.split('/')) {
      const name = Buffer.from(step).toString('latin1');
      let next = directory.below.get(name);
      if (next === undefined) {
        next = { type: 'directory', below: new Map() };
        directory.below.set(name, next);
      }
      if (next.type === 'symlink') return;
      if (next.type !== 'directory')
        throw new LaunchError(`${path} is in the way of a mount: it is no directory`);
      directory = next;
    }
  }
}
