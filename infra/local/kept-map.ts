import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A map in a file, which survives the kill of a host. Each change replaces the file atomically. */
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

  set(key: string, value: T): void {
    this.#map.set(key, value);
    this.#write();
  }

  delete(key: string): void {
    this.#map.delete(key);
    this.#write();
  }

  #read(): Record<string, T> {
    try {
      return this.#path === undefined ? {} : JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  #write(): void {
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#map)));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
