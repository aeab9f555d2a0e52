import type { Duplex } from 'node:stream';

/** How long a client that the task is made for may take to come. */
const MOST_MS = 30_000;

/**
 * The output of a task that is made for one client, from before its start. Nobody reads it until that client comes: the engine keeps it, and the
 * task waits where it writes much. So the client misses nothing of it, as with `docker run`. Where none comes in time, it is let go of.
 */
export class FirstOutput {
  /** Settles once a client has come, or none comes any more. */
  readonly settled: Promise<void>;
  readonly #stream: Duplex;
  #settle: () => void = () => {};
  #isLetGo = false;

  constructor(stream: Duplex, signal: AbortSignal) {
    this.#stream = stream;
    this.settled = new Promise((settle) => {
      this.#settle = settle;
    });
    const letGo = (): void => this.letGo();
    const timer = setTimeout(letGo, MOST_MS);
    // What is not read keeps no process up.
    signal.addEventListener('abort', letGo, { once: true });
    stream.on('error', letGo);
    void this.settled.then(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', letGo);
    });
  }

  /** For the first client; undefined for every other. */
  take(): Duplex | undefined {
    if (this.#isLetGo) return undefined;
    this.#isLetGo = true;
    this.#settle();
    return this.#stream;
  }

  letGo(): void {
    this.take()?.destroy();
  }
}
