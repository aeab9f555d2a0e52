/** A proxy before an engine, which loses answers and whole engines. */
import { createServer, request, type Server } from 'node:http';
import Dockerode from 'dockerode';

/**
 * The fate of a call: it passes; it passes, but its answer, or the rest of a stream, is lost; it is lost before the engine; the engine refuses
 * it; the engine is gone from now on, before the call, or after a part of it.
 */
export type Fate = 'pass' | 'lose' | 'drop' | 'refuse' | 'gone' | 'gone behind' | 'gone in the middle';

export class EngineProxy {
  readonly #server: Server;
  readonly docker: Dockerode;
  /** The calls so far: `PUT /containers/…/archive`. */
  readonly calls: string[] = [];
  /** The full paths of the calls. */
  readonly addresses: string[] = [];
  fate: (call: string, count: number) => Fate | Promise<Fate> = () => 'pass';
  /** Whether the engine is gone. */
  isGone = false;

  private constructor(server: Server, docker: Dockerode) {
    this.#server = server;
    this.docker = docker;
  }

  /** Listens at a path, before the engine at another path. */
  static async start(engine: string, socketPath: string): Promise<EngineProxy> {
    const server = createServer();
    const proxy = new EngineProxy(server, new Dockerode({ socketPath }));
    server.on('connection', (socket) => {
      if (proxy.isGone) socket.destroy();
    });
    server.on('request', async (asked, answer) => {
      const call = `${asked.method} ${asked.url?.split('?', 1)[0]}`;
      proxy.addresses.push(asked.url ?? '');
      const count = proxy.calls.push(call);
      const fate = proxy.isGone ? 'gone' : await proxy.fate(call, count);
      if (fate === 'refuse') {
        answer.writeHead(500, { 'content-type': 'application/json' });
        answer.end('{"message":"permission denied"}');
        return;
      }
      const leave = (): void => {
        if (fate.startsWith('gone')) proxy.isGone = true;
        upstream?.destroy();
        asked.socket.destroy();
      };
      const upstream =
        fate === 'gone' || fate === 'drop'
          ? undefined
          : request(
              { socketPath: engine, method: asked.method, path: asked.url, headers: asked.headers },
              (answered) => {
                // A stream never ends.
                if (fate === 'lose' || fate === 'gone behind')
                  answered.resume().on(/\/(logs|events)$/.test(call) ? 'resume' : 'end', leave);
                else {
                  // A stream may be silent for long.
                  answer.writeHead(answered.statusCode ?? 500, answered.headers).flushHeaders();
                  answered.pipe(answer);
                }
              },
            );
      if (!upstream) return leave();
      upstream.on('error', leave);
      if (fate === 'gone in the middle') asked.once('data', (part) => upstream.write(part, leave));
      else asked.pipe(upstream);
      // A call without a body cannot break off in the middle.
      if (fate === 'gone in the middle') asked.once('end', leave);
      asked.on('error', () => upstream.destroy());
    });
    await new Promise<void>((settle) => server.listen(socketPath, settle));
    return proxy;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((settle) => this.#server.close(settle));
  }
}
