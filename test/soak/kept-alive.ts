/** What is started anew whenever it ends, as an init system does it, until it is let go of. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Process {
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** Between an end and the next start. */
const PAUSE_MS = 200;

export class KeptAlive<P extends Process> {
  readonly #start: () => P;
  #current: P;
  #isKept = true;
  #starts = 1;
  readonly #over: Promise<void>;

  constructor(start: () => P) {
    this.#start = start;
    this.#current = start();
    this.#over = this.#keep();
  }

  get current(): P {
    return this.#current;
  }

  get starts(): number {
    return this.#starts;
  }

  /** Kills what runs now; the next is started. */
  kill(): void {
    this.#current.kill();
  }

  /** Starts none any more, and settles once the last has ended: by itself, or by what is done with it. */
  async letGo(end: (last: P) => void): Promise<P> {
    this.#isKept = false;
    end(this.#current);
    await this.#over;
    return this.#current;
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#current.ended;
      if (!this.#isKept) return;
      await sleep(PAUSE_MS);
      if (!this.#isKept) return;
      this.#starts += 1;
      this.#current = this.#start();
    }
  }
}
