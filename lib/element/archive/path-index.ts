import { hash } from 'node:crypto';
import { defined } from '../../defined.ts';
import { WHITEOUT_PREFIX } from './archive-path.ts';
import type { PathEntry } from './path-entry.ts';
import { refuse, told } from './refusal.ts';
import type { EntryType } from './tar-reader.ts';

/** The parts of an archive's entry that decide what is at its path. */
interface Entry {
  readonly type: EntryType;
  /** The path of a hard link's target, step by step from the root. */
  readonly target?: readonly string[] | undefined;
  /** The name of the entry in problems. */
  readonly name?: string;
}

/** An archive with more paths gets no index. */
export const MAX_PATHS = 250_000;

const OPAQUE_NAME = '.wh..wh..opq';

const FILE = 1;
const DIRECTORY = 2;
const UNSURE = 3;
const TYPE = 3;
const WHITEOUT = 4;
const OPAQUE = 8;
/** An entry exists below it. The stored index leaves this out. */
const POPULATED = 16;
const KEPT = TYPE | WHITEOUT | OPAQUE;

/**
 * The stored index keeps this number of bytes of a path's SHA-256: one of 250,000 other paths has the same once
 * in a billion times.
 */
const HASH_BYTES = 6;
const RECORD_BYTES = HASH_BYTES + 1;
/**
 * While an archive is read, five more bits identify a path, as many as a number has room for: a wrong refusal is
 * worse than none.
 */
const MORE_BITS = 5;

const keptOf = (digest: Buffer): number => digest.readUIntBE(0, HASH_BYTES);

const isFile = (type: EntryType): boolean =>
  type === 'file' || type === 'character-device' || type === 'block-device' || type === 'fifo';

/**
 * The entries of an archive by their paths, collected while the archive is read. Later entries of a path
 * override earlier ones, and directories above an entry exist unless another entry is there. Text has one
 * character for each byte.
 */
export class PathIndex {
  readonly #entries = new Map<number, number>();
  #directory: string | undefined;
  #hashed = 0;

  /** The number of paths, including directories above entries and whiteouts. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of all paths that were hashed. */
  get hashed(): number {
    return this.#hashed;
  }

  /**
   * Takes the next entry; `place` is where it lands, step by step from the root. Throws `data-error` [entry] if
   * earlier entries leave no place for it.
   */
  add(place: readonly string[], { type, target, name = '' }: Entry): void {
    const last = place.at(-1);
    // The root is a directory, whatever the archive says.
    if (last === undefined) return;
    const directory = place.slice(0, -1);
    this.#populate(name, directory);
    if (last === OPAQUE_NAME) this.#mark(directory, OPAQUE);
    else if (last.startsWith(WHITEOUT_PREFIX))
      this.#takeAway(name, [...directory, last.slice(WHITEOUT_PREFIX.length)]);
    else if (type === 'directory') this.#setDirectory(this.#keyOf(place.join('/')));
    else
      this.#set(
        this.#keyOf(place.join('/')),
        target ? this.#typeOfTarget(name, target) : isFile(type) ? FILE : UNSURE,
      );
  }

  /** The entry at a path as far as the archive was read; `` is the root. */
  typeAt(path: string): PathEntry['type'] {
    return TYPES[this.#flags(this.#keyOf(path)) & TYPE];
  }

  /** The index in its stored form; undefined if there are too many paths. */
  encode(): Uint8Array | undefined {
    if (this.#entries.size > MAX_PATHS) return undefined;
    const bytes = Buffer.alloc(this.#entries.size * RECORD_BYTES);
    let at = 0;
    for (const [key, flags] of this.#entries) {
      at = bytes.writeUIntBE(Math.floor(key / 2 ** MORE_BITS), at, HASH_BYTES);
      at = bytes.writeUInt8(flags & KEPT, at);
    }
    return bytes;
  }

  /** A hard link has the type of its target, which has to exist. */
  #typeOfTarget(name: string, target: readonly string[]): number {
    const path = target.join('/');
    const type = this.#flags(this.#keyOf(path)) & TYPE;
    if (path === '' || type === DIRECTORY)
      throw refuse(name, 'is a hard link to a directory', 'make it a symbolic link');
    if (type === 0) {
      const reason = `is a hard link to ${told(path)}, which no entry before it is`;
      throw refuse(name, reason, 'put both into one archive, that one first');
    }
    return type;
  }

  /**
   * A whiteout removes entries of older layers, but not those of its own layer, and a layer may have it only
   * once.
   */
  #takeAway(name: string, place: readonly string[]): void {
    const last = place.at(-1) as string;
    if (last === '' || last === '.' || last === '..')
      throw refuse(name, 'is a whiteout of nothing', 'leave it out');
    const former = this.#flags(this.#keyOf(place.join('/')));
    if (former & TYPE) {
      throw refuse(
        name,
        'removes a path that the archive has itself',
        'leave one of them out, or put the whiteout first',
      );
    }
    if (former & WHITEOUT)
      throw refuse(name, 'removes the same path as another whiteout', 'leave one of them out');
    this.#mark(place, WHITEOUT);
  }

  /** An entry that is no directory replaces the former one; unpackers differ if that has entries below it. */
  #set(key: number, type: number): void {
    const former = this.#flags(key);
    this.#entries.set(key, (former & ~TYPE) | (former & POPULATED ? UNSURE : type));
  }

  /** A directory replaces a file; unpackers differ if it replaces a link. */
  #setDirectory(key: number): void {
    const former = this.#flags(key);
    if ((former & TYPE) !== UNSURE) this.#entries.set(key, (former & ~TYPE) | DIRECTORY);
  }

  /** Makes the directories above an entry. */
  #populate(name: string, directory: readonly string[]): void {
    const path = directory.join('/');
    if (path === this.#directory) return;
    this.#directory = path;
    // From the innermost: if a directory has entries, all directories above it exist too.
    let above = path;
    for (let steps = directory.length; steps > 0; steps -= 1) {
      const key = this.#keyOf(above);
      const former = this.#flags(key);
      if (former & POPULATED) return;
      if ((former & TYPE) === FILE)
        throw refuse(name, `is below ${told(above)}, which is a file`, 'leave one of them out');
      this.#entries.set(key, (former & ~TYPE) | (former & TYPE || DIRECTORY) | POPULATED);
      above = above.slice(0, -(directory[steps - 1] as string).length - 1);
    }
  }

  #keyOf(path: string): number {
    this.#hashed += path.length;
    const digest = hash('sha256', Buffer.from(path, 'latin1'), 'buffer');
    return keptOf(digest) * 2 ** MORE_BITS + ((digest[HASH_BYTES] as number) >> (8 - MORE_BITS));
  }

  #mark(place: readonly string[], flag: number): void {
    const key = this.#keyOf(place.join('/'));
    this.#entries.set(key, this.#flags(key) | flag);
  }

  #flags(key: number): number {
    return this.#entries.get(key) ?? 0;
  }
}

const TYPES = [undefined, 'file', 'directory', 'unsure'] as const;

const toEntry = (flags: number): PathEntry => {
  const type = TYPES[flags & TYPE];
  return defined({ type, whiteout: (flags & WHITEOUT) !== 0, opaque: (flags & OPAQUE) !== 0 });
};

/**
 * The entries of an index at these paths (`etc/hosts`, and `` for the root); it reads the index as it arrives,
 * in constant memory.
 */
export const findPaths = async (
  index: AsyncIterable<Uint8Array>,
  paths: readonly string[],
): Promise<ReadonlyMap<string, PathEntry>> => {
  const wanted = new Map(paths.map((path) => [keptOf(hash('sha256', path, 'buffer')), path]));
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
