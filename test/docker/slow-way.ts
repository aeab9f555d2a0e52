/** A proxy before an engine that limits its answers to some bytes a second. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { Transform } from 'node:stream';

const PIECE_BYTES = 64 * 1024;

/** Passes this many bytes a second, over all connections. */
const slowed = (until: { at: number }, rate: number): Transform =>
  new Transform({
    highWaterMark: PIECE_BYTES,
    transform(chunk: Buffer, _, done) {
      until.at = Math.max(until.at, performance.now()) + (chunk.length / rate) * 1_000;
      setTimeout(() => done(null, chunk), until.at - performance.now());
    },
  });

export class SlowWay {
  readonly #server: Server;
  readonly path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.path = path;
  }

  static async open(engine: string, path: string, rate: number): Promise<SlowWay> {
    const until = { at: 0 };
    const server = createServer({ allowHalfOpen: true }, (asking) => {
      const answering = connect({ path: engine, allowHalfOpen: true });
      const end = (): void => {
        asking.destroy();
        answering.destroy();
      };
      asking.on('error', end).on('close', end).pipe(answering);
      answering.on('error', end).pipe(slowed(until, rate)).pipe(asking);
    });
    server.listen(path);
    await once(server, 'listening');
    return new SlowWay(server, path);
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
