/** An HTTP server on loopback; after an error in its handler it closes the connection, like a stopped service. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const startAnswering = async (
  answer: (asked: IncomingMessage, to: ServerResponse) => Promise<unknown>,
): Promise<{ readonly url: string; stop(): void }> => {
  const server = createServer((asked, to) => void answer(asked, to).catch(() => to.destroy()));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
