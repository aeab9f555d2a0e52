import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that is appended to and rotated as by Docker's json-file driver: `path`, `path.1`, `path.2` … */
export class RotatedFile {
  readonly #path: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  #handle: FileHandle | undefined;
  #size = 0;
  #last: Promise<void> = Promise.resolve();

  /** `maxSize` is in bytes; `maxFiles` includes the file being written. */
  constructor(path: string, maxSize: number, maxFiles: number) {
    this.#path = path;
    this.#maxSize = maxSize;
    this.#maxFiles = maxFiles;
  }

  /** Appends lines; the file exceeds its size only by one long line. After a failure the file may have some of the lines, each complete. */
  append(lines: readonly string[]): Promise<void> {
    return this.#next(() => this.#append(lines));
  }

  close(): Promise<void> {
    return this.#next(async () => {
      const handle = this.#handle;
      this.#handle = undefined;
      await handle?.close();
    });
  }

  /** Appends run one after another. */
  #next(action: () => Promise<void>): Promise<void> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => {});
    return done;
  }

  async #append(lines: readonly string[]): Promise<void> {
    let text = '';
    let bytes = 0;
    await this.#open();
    for (const line of lines) {
      const length = Buffer.byteLength(line) + 1;
      if (this.#size + bytes + length > this.#maxSize) {
        await this.#write(text, bytes);
        [text, bytes] = ['', 0];
        if (this.#size > 0) await this.#rotate();
      }
      text += `${line}\n`;
      bytes += length;
    }
    await this.#write(text, bytes);
  }

  async #write(text: string, bytes: number): Promise<void> {
    if (bytes === 0) return;
    const handle = await this.#open();
    try {
      await handle.writeFile(text);
      this.#size += bytes;
    } catch (error) {
      // Half a line is dropped.
      await handle.truncate(this.#size).catch(() => {});
      throw error;
    }
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await mkdir(dirname(this.#path), { recursive: true });
    this.#handle = await open(this.#path, 'a', 0o640);
    this.#size = (await this.#handle.stat()).size;
    return this.#handle;
  }

  async #rotate(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    const at = (age: number): string => (age === 0 ? this.#path : `${this.#path}.${age}`);
    await rm(at(this.#maxFiles - 1), { force: true });
    for (let age = this.#maxFiles - 2; age >= 0; age -= 1) {
      await rename(at(age), at(age + 1)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
}
