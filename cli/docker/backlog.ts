import type Dockerode from 'dockerode';
import type { StreamName } from '../../lib/execution/log-sink.ts';
import type { Brake } from './brake.ts';
import { followFromNow } from './read-log.ts';

/** Bytes of a stream that may wait in the engine for a slow log; a held task continues when a fourth of them is left. */
const MAX_BACKLOG = 64 * 1024 * 1024;
/** How long the log may take before the runner counts what the task writes meanwhile. */
const SLOW_MS = 100;

/**
 * Holds a container while more of its output waits in the engine than is allowed: an engine limits the size of its log and drops the
 * oldest part. Engines do not tell how much waits, so while the log is slow the runner reads the output a second time to count it.
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

  /** Records that bytes up to this number were read for the log. */
  read(bytes: number): void {
    if (this.#abort === undefined) return;
    this.#behind -= bytes;
    if (this.#behind <= 0) this.stop();
    else this.#settle();
  }

  /** Waits until the log has taken what `room` waits for; starts to count if that takes long. */
  async while(room: Promise<void>): Promise<void> {
    const timer = setTimeout(() => void this.#count(), SLOW_MS);
    await room.finally(() => clearTimeout(timer));
  }

  /** Stops counting, and releases the container. */
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
      // The next time that the log is slow, counting starts again.
    }
    if (this.#abort === abort) this.stop();
  }

  #settle(): void {
    const limit = this.#brake.isWantedBy(this.#stream) ? MAX_BACKLOG / 4 : MAX_BACKLOG;
    const isWanted = this.#behind > limit;
    if (isWanted !== this.#brake.isWantedBy(this.#stream)) void this.#brake.want(this.#stream, isWanted);
  }
}
