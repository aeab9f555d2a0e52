import type { ChangeCount } from '../../lib/event/change-count.ts';

/** Changes that this process has made, for all who wait for the next one. */
export class LocalChangeCount implements ChangeCount {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Something may have changed. */
  ring(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
  }

  after(count: number, milliseconds: number, stopped: AbortSignal): Promise<void> {
    if (count !== this.#count || stopped.aborted) return Promise.resolve();
    return new Promise((settle) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        stopped.removeEventListener('abort', wake);
        settle();
      };
      const timer = setTimeout(wake, milliseconds);
      stopped.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}
