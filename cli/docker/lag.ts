import type Dockerode from 'dockerode';
import type { StreamName } from '../../lib/execution/log-sink.ts';
import type { Brake } from './brake.ts';

/** Bytes of a log that are read before it is asked how old the last of them is. */
const LOOK_BYTES = 8 * 1024 * 1024;
/** Seconds after which what is read is old. */
const OLD_SECONDS = 1;
/** All that waited is read where nothing more has come for so long. */
const IDLE_MS = 500;

/**
 * Holds a container whose log is read more slowly than it writes: an engine keeps a log of a limited size, and drops the eldest of it. Engines do
 * not say how much waits, and give a log more slowly than they take it, so that it cannot be counted either. What tells is how old that is, by
 * the engine's clock, which has just been read.
 */
export class Lag {
  readonly #docker: Dockerode;
  readonly #holder: string;
  readonly #brake: Brake;
  #bytes = 0;

  constructor(docker: Dockerode, stream: StreamName, brake: Brake) {
    this.#docker = docker;
    this.#holder = `${stream}, as it is read`;
    this.#brake = brake;
  }

  /** The same; lets go once none has been there for a while. */
  async *watched(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    let idle: NodeJS.Timeout | undefined;
    const wait = (): void => {
      if (this.#brake.isWantedBy(this.#holder)) idle = setTimeout(() => this.stop(), IDLE_MS);
    };
    try {
      wait();
      for await (const chunk of chunks) {
        clearTimeout(idle);
        this.#bytes += chunk.length;
        yield chunk;
        wait();
      }
    } finally {
      clearTimeout(idle);
    }
  }

  /** What was written by then is read, in Unix seconds of the engine. */
  async reached(seconds: number): Promise<void> {
    if (this.#bytes < LOOK_BYTES) return;
    this.#bytes = 0;
    // Where it does not answer it is asked again with the next of them.
    const told = await this.#docker.info().catch(() => undefined);
    const isOld = told !== undefined && Date.parse(told.SystemTime) / 1000 - seconds > OLD_SECONDS;
    if (isOld) await this.#brake.want(this.#holder, true);
  }

  stop(): void {
    void this.#brake.want(this.#holder, false);
  }
}
