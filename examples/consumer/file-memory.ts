import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Memory, Progress } from 'taskport/events';

interface State {
  /** Where to continue in the log; absent before the first page. */
  after?: string;
  /** The progress of each record. */
  records: Record<string, Progress>;
}

const read = (path: string): State => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { records: {} };
    throw error;
  }
};

/**
 * Keeps its state in a file, so that a restart continues where the last run ended. It writes the whole file with each event; for thousands of
 * records, use one database row for each.
 */
export class FileMemory implements Memory {
  readonly #path: string;
  readonly #state: State;

  constructor(path: string) {
    this.#path = path;
    this.#state = read(path);
    mkdirSync(dirname(path), { recursive: true });
  }

  get after(): string | undefined {
    return this.#state.after;
  }

  /** Saves the position, once all events up to it are handled. */
  moveTo(after: string): void {
    if (after === this.#state.after) return;
    this.#state.after = after;
    this.#write();
  }

  async get(record: string): Promise<Progress | undefined> {
    return this.#state.records[record];
  }

  async set(record: string, progress: Progress): Promise<void> {
    this.#state.records[record] = progress;
    this.#write();
  }

  /** If the process is killed here, the old file or the new one remains. */
  #write(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#state));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
