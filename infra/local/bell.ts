import { setTimeout as sleep } from 'node:timers/promises';

/** Wakes a waiting reader; a ring without a waiting reader wakes the next one at once. */
export class Bell {
  #isRung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Waits for a ring, for at most this time, or until it is stopped. */
  async wait(milliseconds: number, stopped: AbortSignal): Promise<void> {
    const over = new AbortController();
    this.#wake = () => over.abort();
    stopped.addEventListener('abort', this.#wake, { once: true });
    if (!this.#isRung && !stopped.aborted)
      await sleep(milliseconds, undefined, { signal: over.signal }).catch(() => {});
    stopped.removeEventListener('abort', this.#wake);
    this.#isRung = false;
  }
}
