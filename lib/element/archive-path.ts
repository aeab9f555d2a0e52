import { TaskportError } from '../errors.ts';

/** What of an archive's entry decides where it lands. */
interface Entry {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly linkname?: string | null | undefined;
}

/** Bytes of the longest path that a system takes (Linux, PATH_MAX). */
const MAX_PATH = 4096;
/** How many links a system follows in one path (Linux, path_resolution). */
const MAX_FOLLOWED = 40;
/** Characters of all symbolic links of an archive together; the largest images have some millions. */
const MAX_LINK_CHARACTERS = 64 * 1024 * 1024;

const refuse = (entry: string, reason: string): TaskportError =>
  new TaskportError('data-error', `the archive's entry ${JSON.stringify(entry)} ${reason}`, { entry });

/**
 * The root that an archive is unpacked into: nothing may land outside, by its own name or by way of the archive's
 * links. Absolute names and targets begin at that root, as they do in a container.
 */
export class ArchiveRoot {
  /** Symbolic links by where they stand, with their targets and the names they came by. */
  readonly #links = new Map<string, { readonly target: string; readonly name: string }>();
  #characters = 0;

  /**
   * Where an entry lands, step by step from the root. Throws `data-error` [entry] for one that climbs out of the root,
   * or a link that points out of it.
   */
  add({ name, type, linkname }: Entry): readonly string[] {
    const target = linkname ?? '';
    if (name.length > MAX_PATH || target.length > MAX_PATH) {
      throw refuse(name.slice(0, MAX_PATH), `has a path of more than ${MAX_PATH} bytes`);
    }
    const place = this.#place(name);
    if (place === undefined) throw refuse(name, 'climbs out of the root');
    const key = place.join('/');
    // A link of that name is replaced by what comes in its place; a directory leaves it there.
    if (type !== 'directory') this.#links.delete(key);
    // A hard link names another entry; a symbolic link is followed from the directory that it stands in.
    if (type === 'link') this.#assertInside(name, [], target);
    if (type !== 'symlink') return place;
    this.#assertInside(name, place.slice(0, -1), target);
    this.#characters += key.length + name.length + target.length;
    if (this.#characters > MAX_LINK_CHARACTERS) throw refuse(name, 'is one symbolic link too many');
    this.#links.set(key, { target, name });
    return place;
  }

  /** Throws `data-error` [entry] for a link that came to point out of the root by what followed it. */
  close(): void {
    for (const [key, { target, name }] of this.#links) {
      this.#assertInside(name, key.split('/').slice(0, -1), target);
    }
  }

  #assertInside(name: string, from: readonly string[], target: string): void {
    if (this.#follow(from, target)) return;
    throw refuse(name, `points out of the root, at ${JSON.stringify(target)}`);
  }

  /** Where an entry lands: links on the way are followed, itself it is none that is there already. */
  #place(name: string): string[] | undefined {
    const steps = name.split('/').filter((step) => step !== '' && step !== '.');
    const last = steps.at(-1);
    if (last === undefined || last === '..') return this.#follow([], name);
    const directory = this.#follow([], steps.slice(0, -1).join('/'));
    return directory && [...directory, last];
  }

  /** Follows a path from a directory; undefined where it climbs out. */
  #follow(from: readonly string[], path: string): string[] | undefined {
    let place = path.startsWith('/') ? [] : [...from];
    const steps = path.split('/').reverse();
    for (let followed = 0; steps.length > 0; ) {
      const step = steps.pop() as string;
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (place.pop() === undefined) return undefined;
        continue;
      }
      place.push(step);
      const link = this.#links.get(place.join('/'));
      if (!link) continue;
      followed += 1;
      // A path of so many links leads nowhere.
      if (followed > MAX_FOLLOWED) return place;
      place = link.target.startsWith('/') ? [] : place.slice(0, -1);
      steps.push(...link.target.split('/').reverse());
    }
    return place;
  }
}
