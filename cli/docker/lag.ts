import type Dockerode from 'dockerode';
import type { StreamName } from '../../lib/execution/log-sink.ts';
import type { Brake } from './brake.ts';

/** After this many bytes of a log the runner checks how old the last of them is. */
const LOOK_BYTES = 8 * 1024 * 1024;
/** Output that is older than this many seconds is late. */
const OLD_SECONDS = 1;
/** After this time without output, the runner has read everything. */
const IDLE_MS = 500;

/**
 * Holds a container that writes faster than the runner reads its log: an engine limits the size of its log and drops the oldest part.
 * Engines do not tell how much waits, and answer a log more slowly than they write it, so counting fails too. The measure is the age of
 * the last line by the engine's clock.
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

  /** The same; releases the container once no late output came for a while. */
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

  /** The runner has read everything up to this time, in Unix seconds of the engine. */
  async reached(seconds: number): Promise<void> {
    if (this.#bytes < LOOK_BYTES) return;
    this.#bytes = 0;
    // If the engine does not answer, the next line asks it again.
    const told = await this.#docker.info().catch(() => undefined);
    const isOld = told !== undefined && Date.parse(told.SystemTime) / 1000 - seconds > OLD_SECONDS;
    if (isOld) await this.#brake.want(this.#holder, true);
  }

  stop(): void {
    void this.#brake.want(this.#holder, false);
  }
}
