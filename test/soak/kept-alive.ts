/** Restarts a process whenever it ends, like an init system, until told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Process {
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** Milliseconds between an end and the next start. */
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

  /** Kills the present process; the next one starts. */
  kill(): void {
    this.#current.kill();
  }

  /** Stops restarting, and settles after the last process has ended, by itself or by `end`. */
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
