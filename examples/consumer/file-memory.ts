import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Memory, Progress } from 'taskport/events';

interface State {
  /** Where the log was left off; absent before the first page. */
  after?: string;
  /** What is known of each record. */
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
 * Remembers in a file, so that a restart goes on where the last run ended. It is written as a whole with each event:
 * where there are thousands of records, keep each as a row of a database instead.
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

  /** Moves on, once everything up to there is handled. */
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

  /** A process that is killed here leaves the old file or the new one. */
  #write(): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#state));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
