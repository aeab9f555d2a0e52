import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A map in a file, which survives the kill of a host. Each change replaces the file atomically. An unreadable file is set aside. */
export class KeptMap<T> {
  readonly #path: string | undefined;
  readonly #map: Map<string, T>;

  /** Without a path it is only in memory. */
  constructor(path: string | undefined) {
    this.#path = path;
    this.#map = new Map(Object.entries(this.#read()));
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  /** A copy of the present entries. */
  entries(): readonly (readonly [key: string, value: T])[] {
    return [...this.#map];
  }

  /** Throws if the file cannot be written; the map then stays as it was. */
  set(key: string, value: T): void {
    this.#write(new Map(this.#map).set(key, value));
    this.#map.set(key, value);
  }

  /** If the file cannot be written, it keeps the entry until the next change. */
  delete(key: string): void {
    this.#map.delete(key);
    try {
      this.#write(this.#map);
    } catch (error) {
      console.error(`${this.#path} cannot be written: ${(error as Error).message}`);
    }
  }

  #read(): Record<string, T> {
    try {
      return this.#path === undefined ? {} : JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      if (!(error instanceof SyntaxError)) throw error;
      // A power failure may cut a file off.
      const aside = `${this.#path}.unreadable`;
      renameSync(this.#path as string, aside);
      console.error(`${this.#path} was unreadable, and is ${aside} now: ${error.message}`);
      return {};
    }
  }

  #write(map: Map<string, T>): void {
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(map)));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
