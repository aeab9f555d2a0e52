import { hash } from 'node:crypto';
import { defined } from '../../defined.ts';
import { WHITEOUT_PREFIX } from './archive-path.ts';
import type { PathEntry } from './path-entry.ts';
import { refuse, told } from './refusal.ts';
import type { EntryType } from './tar-reader.ts';

/** What of an archive's entry decides what is at its path. */
interface Entry {
  readonly type: EntryType;
  /** Where what a hard link links to is, step by step from the root. */
  readonly target?: readonly string[] | undefined;
  /** What it is called when it is refused. */
  readonly name?: string;
}

/** Of an archive with more paths no index is kept. */
export const MAX_PATHS = 250_000;

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

/** A path is kept as this number of bytes of its SHA-256: one of 250,000 others has the same once in a billion times. */
const HASH_BYTES = 6;
const RECORD_BYTES = HASH_BYTES + 1;
/** While an archive is read it is known by five bits more, as many as a number has room for: a wrong refusal is worse than none. */
const MORE_BITS = 5;

const keptOf = (digest: Buffer): number => digest.readUIntBE(0, HASH_BYTES);

const isFile = (type: EntryType): boolean =>
  type === 'file' || type === 'character-device' || type === 'block-device' || type === 'fifo';

/**
 * What an archive has at which path, made while its entries go by. Later entries of a path override earlier ones, and
 * directories on the way to an entry are there unless something else is. Text is as bytes, a character each.
 */
export class PathIndex {
  readonly #entries = new Map<number, number>();
  #directory: string | undefined;
  #hashed = 0;

  /** How many paths there are, directories on the way to an entry and what is taken away included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of all paths that were looked at. */
  get hashed(): number {
    return this.#hashed;
  }

  /**
   * Takes the next entry; `place` is where it lands, step by step from the root. Throws `data-error` [entry] for one that what
   * came before leaves no place for.
   */
  add(place: readonly string[], { type, target, name = '' }: Entry): void {
    const last = place.at(-1);
    // The root is a directory whatever is said of it.
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

  /** What is at a path by what was read so far; `` is the root. */
  typeAt(path: string): PathEntry['type'] {
    return TYPES[this.#flags(this.#keyOf(path)) & TYPE];
  }

  /** The index as it is kept; undefined where there are too many paths. */
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

  /** A hard link is what it links to, which has to be there. */
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

  /** A layer takes away what others have, and neither what is its own nor anything twice. */
  #takeAway(name: string, place: readonly string[]): void {
    const last = place.at(-1) as string;
    if (last === '' || last === '.' || last === '..')
      throw refuse(name, 'is a whiteout of nothing', 'leave it out');
    const former = this.#flags(this.#keyOf(place.join('/')));
    if (former & TYPE) {
      throw refuse(
        name,
        'takes away what the archive has itself',
        'leave one of them out, or put the whiteout first',
      );
    }
    if (former & WHITEOUT)
      throw refuse(name, 'takes away what another whiteout does', 'leave one of them out');
    this.#mark(place, WHITEOUT);
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

  /** Makes the directories on the way to an entry. */
  #populate(name: string, directory: readonly string[]): void {
    const path = directory.join('/');
    if (path === this.#directory) return;
    this.#directory = path;
    // From the innermost: one that something was put into has all of its own directories as well.
    for (let steps = directory.length; steps > 0; steps -= 1) {
      const key = this.#keyOf(directory.slice(0, steps).join('/'));
      const former = this.#flags(key);
      if (former & POPULATED) return;
      if ((former & TYPE) === FILE) {
        const file = told(directory.slice(0, steps).join('/'));
        throw refuse(name, `is below ${file}, which is a file`, 'leave one of them out');
      }
      this.#entries.set(key, (former & ~TYPE) | (former & TYPE || DIRECTORY) | POPULATED);
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

/** What an index says of these paths (`etc/hosts`, and `` for the root), read as it comes in constant memory. */
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
