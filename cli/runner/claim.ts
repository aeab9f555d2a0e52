import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** The state directory has a runner already. */
export class Claimed extends Error {
  override name = 'Claimed';
}

/** Takes a directory for this process alone, for as long as it lives: a name that the kernel gives back whatever ends it. */
export const claimDirectory = (directory: string): Promise<Server> =>
  new Promise((claimed, failed) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'EADDRINUSE' ? new Claimed(`${directory} has a runner already`) : error),
    );
    server.listen(`\0taskport-runner:${realpathSync(directory)}`, () => claimed(server));
    server.unref();
  });
