import { setTimeout as sleep } from 'node:timers/promises';

/** Wakes one who waits; a ring that nobody waits for is heard by the next who does. */
export class Bell {
  #isRung = false;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Waits for a ring, that long at most, or until it is stopped. */
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
