import { refuse } from './refusal.ts';
import type { EntryType } from './tar-reader.ts';

/** The parts of an archive's entry that decide where it lands. Text has one character for each byte. */
interface Entry {
  readonly name: string;
  readonly type?: EntryType;
  readonly linkname?: string;
}

/** Where an entry lands, step by step from the root, and the target of a hard link. */
export interface Landing {
  readonly place: readonly string[];
  readonly target?: readonly string[];
}

/** Bytes of a name in a directory (Linux, NAME_MAX). */
const MAX_STEP = 255;
/** Bytes of a path: Linux takes 4095 (PATH_MAX), of which 255 are left to the directory that an engine unpacks into. */
const MAX_PATH = 3840;
/** Bytes of a symbolic link's target (Linux, symlink(2)). */
const MAX_TARGET = 4095;
/** How many links a system follows in one path (Linux, path_resolution(7)). */
const MAX_FOLLOWED = 40;
/**
 * Characters of all link targets of an archive, and of those that are followed; the largest images have some
 * millions.
 */
const MAX_TARGETS = 64 * 2 ** 20;
const MAX_READ = 256 * 2 ** 20;

export const WHITEOUT_PREFIX = '.wh.';

const LEAVE_OUT = 'leave it out';
const WHERE_IT_IS = 'pack it under its final path, without links on the way';

/** A directory on the path to a symbolic link, or the link. */
interface Node {
  readonly below: Map<string, Node>;
  target?: string;
}

const newNode = (): Node => ({ below: new Map() });

/** The steps of a path as it is written, including `..`. */
const stepsOf = (path: string): string[] => path.split('/').filter((step) => step !== '' && step !== '.');

/**
 * The steps of a path as Docker and containerd clean it (Go's `path.Clean`): `..` removes the step before it,
 * even if that is a link. Undefined if the path leaves the root.
 */
const clean = (path: string): string[] | undefined => {
  const steps: string[] = [];
  for (const step of stepsOf(path)) {
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps;
};

/**
 * The root into which an archive is unpacked. Neither the name of an entry nor a link of the archive may lead
 * outside. Absolute names and targets begin at this root, as they do in a container. A link may point anywhere,
 * since a system that follows it stays in its root.
 */
export class ArchiveRoot {
  readonly #root = newNode();
  #targets = 0;
  #read = 0;

  /**
   * Where an entry lands. Throws `data-error` [entry] if its path leaves the root, or has a name that no system
   * accepts.
   */
  add({ name, type, linkname = '' }: Entry): Landing {
    const place = this.#place(name, name, 'climbs out of the root');
    const last = place.at(-1);
    if (last === undefined) return { place };
    const isWhiteout = last.startsWith(WHITEOUT_PREFIX);
    assertLengths(name, place, isWhiteout);
    if (type === 'link' && !isWhiteout) return this.#link(name, place, linkname);
    if (type === 'symlink') this.#assertTarget(name, linkname);
    if (isWhiteout) return { place };
    this.#replace(place, type);
    if (type === 'symlink') this.#make(place).target = linkname;
    return { place };
  }

  #link(name: string, place: readonly string[], linkname: string): Landing {
    const target = this.#place(name, linkname, 'is a hard link to a path that climbs out of the root');
    if (target.join('/') === place.join('/')) throw refuse(name, 'is a hard link to itself', LEAVE_OUT);
    const found = this.#find(target);
    this.#replace(place, 'link');
    // A hard link to a symbolic link is a symbolic link too, relative to its own directory.
    if (found?.target) this.#make(place).target = found.target;
    return { place, target };
  }

  /** Where a path lands: it follows links on the way, but not a link at the end. */
  #place(name: string, path: string, problem: string): readonly string[] {
    const steps = clean(path);
    if (!steps) throw refuse(name, problem, 'pack it from within its root, by `tar -c -C DIRECTORY .`');
    if (this.#root.below.size === 0 || steps.length < 2) return steps;
    return [...this.#follow(name, steps.slice(0, -1)), steps.at(-1) as string];
  }

  /** The directory to which steps lead, with links followed. */
  #follow(name: string, steps: readonly string[]): readonly string[] {
    const left = steps.toReversed();
    let way: (Node | undefined)[] = [this.#root];
    let place: string[] = [];
    let followed = 0;
    let isAbsolute = false;
    while (left.length > 0) {
      const step = left.pop() as string;
      if (step === '..') {
        // The root is its own parent.
        if (place.pop() !== undefined) way.pop();
        else if (!isAbsolute) throw refuse(name, 'climbs out of the root by a link on its way', WHERE_IT_IS);
        continue;
      }
      const node = way.at(-1)?.below.get(step);
      if (!node?.target) {
        place.push(step);
        way.push(node);
        continue;
      }
      followed += 1;
      this.#read += node.target.length;
      if (followed > MAX_FOLLOWED || this.#read > MAX_READ) {
        throw refuse(name, 'goes by too many links', WHERE_IT_IS);
      }
      if (node.target.startsWith('/')) [way, place, isAbsolute] = [[this.#root], [], true];
      left.push(...stepsOf(node.target).toReversed());
    }
    return place;
  }

  #find(place: readonly string[]): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const step of place) node = node?.below.get(step);
    return node;
  }

  #make(place: readonly string[]): Node {
    let node = this.#root;
    for (const step of place) {
      const next = node.below.get(step) ?? newNode();
      node.below.set(step, next);
      node = next;
    }
    return node;
  }

  /**
   * An entry replaces a link of its name; an entry that is no directory replaces a directory with all its
   * contents.
   */
  #replace(place: readonly string[], type: Entry['type']): void {
    const node = this.#find(place);
    if (!node) return;
    delete node.target;
    if (type !== 'directory') node.below.clear();
  }

  #assertTarget(name: string, target: string): void {
    if (target === '') throw refuse(name, 'is a symbolic link to nothing', LEAVE_OUT);
    if (target.length > MAX_TARGET) {
      throw refuse(name, `is a symbolic link to a path of more than ${MAX_TARGET} bytes`, 'shorten it');
    }
    this.#targets += target.length;
    if (this.#targets > MAX_TARGETS)
      throw refuse(
        name,
        `makes the targets of all symbolic links longer than ${MAX_TARGETS} bytes together`,
        'make several archives',
      );
  }
}

const assertLengths = (name: string, place: readonly string[], isWhiteout: boolean): void => {
  const length = place.reduce((sum, step) => sum + step.length + 1, -1);
  if (length > MAX_PATH) throw refuse(name, `has a path of more than ${MAX_PATH} bytes`, 'shorten it');
  const isLast = (at: number) => at === place.length - 1;
  const tooLong = place.some(
    (step, at) => step.length > MAX_STEP + (isWhiteout && isLast(at) ? WHITEOUT_PREFIX.length : 0),
  );
  if (tooLong) throw refuse(name, `has a name of more than ${MAX_STEP} bytes in its path`, 'shorten it');
};
