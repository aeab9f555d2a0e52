import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isObject } from '../../lib/is-object.ts';

/** A map in a file, which survives the kill of a host. Each change replaces the file atomically. */
export class KeptMap<T> {
  readonly #path: string | undefined;
  readonly #report: (problem: string) => void;
  readonly #map: Map<string, T>;

  /** Without a path it is only in memory. */
  constructor(path: string | undefined, report: (problem: string) => void = console.error) {
    this.#path = path;
    this.#report = report;
    this.#map = new Map(Object.entries(this.#read()));
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  /** A copy of the present entries. */
  entries(): readonly (readonly [key: string, value: T])[] {
    return [...this.#map];
  }

  /** Sets an entry. If it cannot write the file, throws and keeps the map unchanged. */
  set(key: string, value: T): void {
    this.#write(new Map(this.#map).set(key, value));
    this.#map.set(key, value);
  }

  /** Removes an entry. If it cannot write the file, reports that; the file has the entry until the next change. */
  delete(key: string): void {
    this.#map.delete(key);
    try {
      this.#write(this.#map);
    } catch (error) {
      this.#report(`${this.#path} cannot be written: ${(error as Error).message}`);
    }
  }

  /** The entries of the file. Sets a damaged file aside: a power failure may have cut it. */
  #read(): Record<string, T> {
    if (this.#path === undefined) return {};
    try {
      const read: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (isObject(read)) return read as Record<string, T>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      if (!(error instanceof SyntaxError)) throw error;
    }
    const aside = `${this.#path}.unreadable`;
    renameSync(this.#path, aside);
    this.#report(`${this.#path} is damaged: the host renames it to ${aside}; its pending entries are lost`);
    return {};
  }

  #write(map: ReadonlyMap<string, T>): void {
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(map)));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
