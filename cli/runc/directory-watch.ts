import { type FSWatcher, watch } from 'node:fs';

/** Notifications can be missed, and some file systems have none. */
const POLL_MS = 200;

/** Tells when a file in a directory may have changed. */
export class DirectoryWatch {
  readonly #versions = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #poll: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #polled = 0;

  constructor(directory: string) {
    this.#poll = setInterval(() => this.touch(), POLL_MS);
    try {
      this.#watcher = watch(directory, { persistent: false }, (_, name) => {
        if (name === null) return;
        this.#versions.set(name, this.#changes(name) + 1);
        this.#ring();
      });
      this.#watcher.on('error', () => {});
    } catch {
      // The system has no watch left to give: looking now and then has to do.
    }
  }

  /** Differs from what it was once one of the files may have changed: to be taken before looking, and given to `after`. */
  version(...names: readonly string[]): number {
    return names.reduce((sum, name) => sum + this.#changes(name), this.#polled);
  }

  /** Settles once one of the files may have changed since their version was that. */
  async after(version: number, ...names: readonly string[]): Promise<void> {
    while (this.version(...names) === version)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Has everybody look again. */
  touch(): void {
    this.#polled += 1;
    this.#ring();
  }

  close(): void {
    clearInterval(this.#poll);
    this.#watcher?.close();
  }

  #changes(name: string): number {
    return this.#versions.get(name) ?? 0;
  }

  #ring(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
