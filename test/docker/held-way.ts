/** A proxy before an engine that can hold back the engine's answers; calls pass. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { Transform } from 'node:stream';
import { type Deferred, deferred } from '../../lib/execution/deferred.ts';

const PIECE_BYTES = 64 * 1024;

export class HeldWay {
  readonly #server: Server;
  readonly path: string;
  #released: Deferred<void> | undefined;

  private constructor(engine: string, path: string) {
    this.path = path;
    this.#server = createServer({ allowHalfOpen: true }, (asking) => {
      const answering = connect({ path: engine, allowHalfOpen: true });
      const end = (): void => {
        asking.destroy();
        answering.destroy();
      };
      const passing = new Transform({
        highWaterMark: PIECE_BYTES,
        transform: async (chunk: Buffer, _, done) => {
          await this.#released?.promise;
          done(null, chunk);
        },
      });
      asking.on('error', end).on('close', end).pipe(answering);
      answering.on('error', end).pipe(passing).pipe(asking);
    });
  }

  static async open(engine: string, path: string): Promise<HeldWay> {
    const way = new HeldWay(engine, path);
    way.#server.listen(path);
    await once(way.#server, 'listening');
    return way;
  }

  /** Holds back all answers from now on. */
  hold(): void {
    this.#released ??= deferred();
  }

  release(): void {
    this.#released?.resolve();
    this.#released = undefined;
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
