import type Dockerode from 'dockerode';
import type { StreamName } from '../../lib/execution/log-sink.ts';
import type { Brake } from './brake.ts';
import { followFromNow } from './read-log.ts';

/** Bytes of a stream that may wait with the engine for a slow log; a task that is held goes on at a fourth of them. */
const MAX_BACKLOG = 64 * 1024 * 1024;
/** How long its log may take before it is counted what a task writes meanwhile. */
const SLOW_MS = 100;

/**
 * Holds a container for as long as more of its output waits with the engine than may: an engine keeps a log of a limited size, and drops the
 * eldest of it. Engines do not say how much waits, so that it is counted by reading it once more, while the log is slow.
 */
export class Backlog {
  readonly #container: Dockerode.Container;
  readonly #stream: StreamName;
  readonly #brake: Brake;
  #abort: AbortController | undefined;
  #behind = 0;

  constructor(container: Dockerode.Container, stream: StreamName, brake: Brake) {
    this.#container = container;
    this.#stream = stream;
    this.#brake = brake;
  }

  /** These bytes, by their number, were read to be carried on. */
  read(bytes: number): void {
    if (this.#abort === undefined) return;
    this.#behind -= bytes;
    if (this.#behind <= 0) this.stop();
    else this.#settle();
  }

  /** Waits until the log has taken what `room` waits for; counts once that takes long. */
  async while(room: Promise<void>): Promise<void> {
    const timer = setTimeout(() => void this.#count(), SLOW_MS);
    await room.finally(() => clearTimeout(timer));
  }

  /** Counts no more, and lets go. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#behind = 0;
    void this.#brake.want(this.#stream, false);
  }

  async #count(): Promise<void> {
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      for await (const chunk of await followFromNow(this.#container, this.#stream, abort.signal)) {
        if (abort.signal.aborted) return;
        this.#behind += chunk.length;
        this.#settle();
      }
    } catch {
      // It is counted anew the next time that the log is slow.
    }
    if (this.#abort === abort) this.stop();
  }

  #settle(): void {
    const limit = this.#brake.isWantedBy(this.#stream) ? MAX_BACKLOG / 4 : MAX_BACKLOG;
    const isWanted = this.#behind > limit;
    if (isWanted !== this.#brake.isWantedBy(this.#stream)) void this.#brake.want(this.#stream, isWanted);
  }
}
