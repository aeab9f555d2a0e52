import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BridgeEvent } from './bus.ts';

/** Events that a function was given and has not come to an end with, so that a host that is killed hands them over again. */
export class PendingEvents {
  readonly #path: string | undefined;
  readonly #events: Map<string, BridgeEvent>;

  /** Kept in the directory, under the function's name; without one, in memory. */
  constructor(name: string, directory: string | undefined) {
    this.#path = directory === undefined ? undefined : join(directory, `pending-${name}.json`);
    this.#events = new Map(this.#read().map((event) => [event.id, event]));
  }

  get all(): readonly BridgeEvent[] {
    return [...this.#events.values()];
  }

  add(event: BridgeEvent): void {
    this.#events.set(event.id, event);
    this.#write();
  }

  remove({ id }: BridgeEvent): void {
    this.#events.delete(id);
    this.#write();
  }

  #read(): BridgeEvent[] {
    try {
      return this.#path === undefined ? [] : JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #write(): void {
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.all));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
