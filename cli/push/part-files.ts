import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PartMemory } from '../../client/upload.ts';

/** Remembers sent parts in files of the user's cache, one for each upload, so that a later push can continue an interrupted one. */
export class PartFiles implements PartMemory {
  readonly #directory: string;
  readonly #known = new Map<string, Map<number, string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  get(upload: string, number: number): string | undefined {
    return this.#of(upload).get(number);
  }

  set(upload: string, number: number, etag: string): void {
    this.#of(upload).set(number, etag);
    mkdirSync(this.#directory, { recursive: true });
    appendFileSync(this.#pathOf(upload), `${JSON.stringify([number, etag])}\n`);
  }

  /** Forgets the uploads of this run: they are complete. */
  forget(): void {
    for (const upload of this.#known.keys()) rmSync(this.#pathOf(upload), { force: true });
    this.#known.clear();
  }

  #of(upload: string): Map<number, string> {
    const parts = this.#known.get(upload) ?? this.#read(upload);
    this.#known.set(upload, parts);
    return parts;
  }

  #read(upload: string): Map<number, string> {
    try {
      const lines = readFileSync(this.#pathOf(upload), 'utf8').split('\n').slice(0, -1);
      return new Map(lines.map((line) => JSON.parse(line) as [number, string]));
    } catch {
      // The file is missing or cut short: the parts are sent again.
      return new Map();
    }
  }

  #pathOf(upload: string): string {
    return join(this.#directory, `${createHash('sha256').update(upload).digest('hex')}.parts`);
  }
}
