import { hash } from 'node:crypto';

/** What an archive says of a path by itself, before or after the archives that it is unpacked over or under. */
export interface PathEntry {
  /** `unsure` is a symbolic link, and whatever unpackers do not agree on. Absent where there is only a whiteout. */
  readonly type?: 'file' | 'directory' | 'unsure';
  /** It takes away what elder archives have there, and below (OCI image-spec layer.md, Whiteouts). */
  readonly whiteout: boolean;
  /** It takes away what elder archives have below (there, Opaque Whiteout). */
  readonly opaque: boolean;
}

/** What of an archive's entry decides what is at its path. */
interface Entry {
  readonly type?: string | null | undefined;
  readonly linkname?: string | null | undefined;
}

/** Of an archive with more paths no index is kept: whoever makes it has 50 MiB for it at most. */
export const MAX_PATHS = 250_000;

const WHITEOUT_PREFIX = '.wh.';
const OPAQUE_NAME = '.wh..wh..opq';

const FILE = 1;
const DIRECTORY = 2;
const UNSURE = 3;
const TYPE = 3;
const WHITEOUT = 4;
const OPAQUE = 8;
/** Something was put into it. No part of what is kept. */
const POPULATED = 16;
const KEPT = TYPE | WHITEOUT | OPAQUE;

/** A path is known by so many bytes of its SHA-256: one of 250,000 others has the same once in a billion times. */
const HASH_BYTES = 6;
const RECORD_BYTES = HASH_BYTES + 1;

const keyOf = (path: string): number => hash('sha256', path, 'buffer').readUIntBE(0, HASH_BYTES);

const isFile = (type: Entry['type']): boolean =>
  type === 'file' ||
  type === 'contiguous-file' ||
  type === 'character-device' ||
  type === 'block-device' ||
  type === 'fifo';

/**
 * What an archive has at which path, made while its entries go by. Later entries of a path override earlier ones, and
 * directories on the way to an entry are there unless something else is.
 */
export class PathIndex {
  readonly #entries = new Map<number, number>();
  #directory: string | undefined;
  #isFull = false;

  /** Takes the next entry; `place` is where it lands, step by step from the root. */
  add(place: readonly string[], { type, linkname }: Entry): void {
    const name = place.at(-1);
    // The root is a directory whatever is said of it.
    if (this.#isFull || name === undefined) return;
    const directory = place.slice(0, -1);
    this.#populate(directory);
    if (name === OPAQUE_NAME) this.#mark(directory, OPAQUE);
    else if (name.startsWith(WHITEOUT_PREFIX))
      this.#mark([...directory, name.slice(WHITEOUT_PREFIX.length)], WHITEOUT);
    else if (type === 'directory') this.#setDirectory(keyOf(place.join('/')));
    else this.#set(keyOf(place.join('/')), this.#typeOf(type, linkname ?? ''));
    if (this.#entries.size <= MAX_PATHS) return;
    this.#isFull = true;
    this.#entries.clear();
  }

  /** The index as it is kept; undefined where there are too many paths. */
  encode(): Uint8Array | undefined {
    if (this.#isFull) return undefined;
    const bytes = Buffer.alloc(this.#entries.size * RECORD_BYTES);
    let at = 0;
    for (const [key, flags] of this.#entries) {
      at = bytes.writeUIntBE(key, at, HASH_BYTES);
      at = bytes.writeUInt8(flags & KEPT, at);
    }
    return bytes;
  }

  #typeOf(type: Entry['type'], linkname: string): number {
    if (isFile(type)) return FILE;
    if (type !== 'link') return UNSURE;
    // A hard link is what it links to, and that is a file unless the archive says otherwise.
    const target = linkname.split('/').filter((step) => step !== '' && step !== '.');
    return this.#flags(keyOf(target.join('/'))) & TYPE & ~FILE ? UNSURE : FILE;
  }

  /** What is no directory takes the place of what was there; where that has something in it, unpackers differ. */
  #set(key: number, type: number): void {
    const former = this.#flags(key);
    this.#entries.set(key, (former & ~TYPE) | (former & POPULATED ? UNSURE : type));
  }

  /** A directory takes the place of a file; whether it does that of a link, unpackers do not agree on. */
  #setDirectory(key: number): void {
    const former = this.#flags(key);
    if ((former & TYPE) !== UNSURE) this.#entries.set(key, (former & ~TYPE) | DIRECTORY);
  }

  /** Makes the directories on the way to an entry. One that was said to be something else is neither. */
  #populate(directory: readonly string[]): void {
    const path = directory.join('/');
    if (path === this.#directory) return;
    this.#directory = path;
    // From the innermost: one that something was put into has all of its own directories as well.
    for (let steps = directory.length; steps > 0; steps -= 1) {
      const key = keyOf(directory.slice(0, steps).join('/'));
      const former = this.#flags(key);
      if (former & POPULATED) return;
      const type = (former & TYPE & ~DIRECTORY) === 0 ? DIRECTORY : UNSURE;
      this.#entries.set(key, (former & ~TYPE) | type | POPULATED);
    }
  }

  #mark(place: readonly string[], flag: number): void {
    const key = keyOf(place.join('/'));
    this.#entries.set(key, this.#flags(key) | flag);
  }

  #flags(key: number): number {
    return this.#entries.get(key) ?? 0;
  }
}

const TYPES = [undefined, 'file', 'directory', 'unsure'] as const;

const toEntry = (flags: number): PathEntry => {
  const type = TYPES[flags & TYPE];
  return {
    ...(type === undefined ? {} : { type }),
    whiteout: (flags & WHITEOUT) !== 0,
    opaque: (flags & OPAQUE) !== 0,
  };
};

/** What an index says of these paths (`etc/hosts`, and `` for the root), read as it comes in constant memory. */
export const findPaths = async (
  index: AsyncIterable<Uint8Array>,
  paths: readonly string[],
): Promise<ReadonlyMap<string, PathEntry>> => {
  const wanted = new Map(paths.map((path) => [keyOf(path), path]));
  const found = new Map<string, PathEntry>();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of index) {
    const bytes = Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
      const path = wanted.get(bytes.readUIntBE(at, HASH_BYTES));
      if (path !== undefined) found.set(path, toEntry(bytes.readUInt8(at + HASH_BYTES)));
    }
    rest = bytes.subarray(at);
  }
  return found;
};
