import type { Duplex } from 'node:stream';

/** How long to wait for the client of a task that was started for one client. */
const MOST_MS = 30_000;

/**
 * The output of a task that was started for one client, from before its start. Until the client comes, nobody reads it: the engine keeps
 * the output, and the task blocks when it writes much. So the client gets all of it, as with `docker run`. If no client comes in time,
 * this closes the connection.
 */
export class FirstOutput {
  /** Settles once a client has come, or can come no more. */
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
    // A connection that nobody reads keeps no process running.
    signal.addEventListener('abort', letGo, { once: true });
    stream.on('error', letGo);
    void this.settled.then(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', letGo);
    });
  }

  /** The output for the first client; undefined for every other. */
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
