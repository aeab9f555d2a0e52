/** A root filesystem in memory, into which archives are unpacked one over another, by OCI image-spec layer.md. */
import type { ArchiveEntry } from '../../../uploading.ts';

type Directory = Map<string, Node>;
type Node = 'file' | { readonly link: string } | Directory;

const MAX_FOLLOWED = 40;
const stepsOf = (path: string): string[] => path.split('/').filter((step) => step !== '');
const isLink = (node: Node | undefined): node is { link: string } =>
  node !== undefined && node !== 'file' && !(node instanceof Map);

export class Unpacked {
  readonly #root: Directory = new Map();
  /** Entries that came through a link, by their directory. */
  readonly #aliases = new WeakMap<Directory, Set<string>>();
  /** Whether every entry had a directory, and replaced nothing that was not empty, had another name, or was used as a way. */
  isClean = true;

  /** Unpacks an archive; first it removes the entries of older ones that its whiteouts name. */
  add(entries: readonly ArchiveEntry[]): void {
    const isWhiteout = ({ name }: ArchiveEntry) => name.includes('.wh.');
    for (const { name } of entries.filter(isWhiteout)) {
      const [directory = '', hidden = ''] = name.split('.wh.');
      const within = this.at(directory);
      if (!(within instanceof Map)) continue;
      if (name.endsWith('.wh..wh..opq')) within.clear();
      else within.delete(hidden);
    }
    for (const [at, entry] of entries.entries()) {
      const steps = stepsOf(entry.name);
      const directory = this.#make(
        isWhiteout(entry) ? stepsOf(entry.name.split('.wh.')[0] ?? '') : steps.slice(0, -1),
      );
      const isAlias = directory !== this.#literally(steps.slice(0, -1));
      const name = steps.at(-1) ?? '';
      const present = directory.get(name);
      const aliases = this.#aliases.get(directory) ?? new Set();
      if (present !== undefined && (isAlias || aliases.has(name))) this.isClean = false;
      if (isAlias) this.#aliases.set(directory, aliases.add(name));
      // Earlier entries went through the link that this entry replaces.
      const isLate = entries.slice(0, at).some((earlier) => earlier.name.startsWith(`${entry.name}/`));
      if (isLink(present) && isLate) this.isClean = false;
      if (!isWhiteout(entry)) this.#put(directory, name, entry);
    }
  }

  /** The node at a path, following links; undefined if there is none. */
  at(path: string): Node | undefined {
    const left = stepsOf(path).reverse();
    let place: string[] = [];
    for (let followed = 0; left.length > 0; ) {
      place.push(left.pop() as string);
      const node = this.#literally(place);
      if (node === undefined || (left.length > 0 && node === 'file')) return undefined;
      if (!isLink(node)) continue;
      followed += 1;
      if (followed > MAX_FOLLOWED) return undefined;
      place = [];
      left.push(...stepsOf(node.link).reverse());
    }
    return this.#literally(place);
  }

  #literally(place: readonly string[]): Node | undefined {
    return place.reduce<Node | undefined>(
      (node, step) => (node instanceof Map ? node.get(step) : undefined),
      this.#root,
    );
  }

  /** The directory at a path, created if it is missing or a file is there. */
  #make(steps: readonly string[]): Directory {
    let directory = this.#root;
    for (const [at, step] of steps.entries()) {
      const present = this.at(steps.slice(0, at + 1).join('/'));
      if (present instanceof Map) directory = present;
      else {
        if (directory.has(step)) this.isClean = false;
        const made: Directory = new Map();
        directory.set(step, made);
        directory = made;
      }
    }
    return directory;
  }

  #put(directory: Directory, name: string, { type, linkname = '' }: ArchiveEntry): void {
    const present = directory.get(name);
    if (type === 'directory') {
      if (!(present instanceof Map)) directory.set(name, new Map());
      return;
    }
    if (present instanceof Map && present.size > 0) this.isClean = false;
    directory.set(name, type === 'symlink' ? { link: linkname } : 'file');
  }
}
