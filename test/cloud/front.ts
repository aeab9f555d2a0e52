/**
 * A proxy between a Docker engine and the registry of a deployment. MiniStack takes all paths that begin with `/v2/` for its ECR, on every host;
 * behind the name of the stage they reach the API.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { certificateIn } from './certificate.ts';

const STAGE = '/$default';

export interface Front {
  /** The value of `HTTPS_PROXY` for an engine. */
  readonly url: string;
  stop(): Promise<void>;
}

export const startFront = async (directory: string): Promise<Front> => {
  const { key, cert } = certificateIn(directory);
  const [keyText, ca] = [readFileSync(key), readFileSync(cert)];
  let port = '';
  const api = createSecureServer({ key: keyText, cert: ca }, async (asked, answer) => {
    const { method, headers, url = '' } = asked;
    // The emulated API names its host without the port in its URL for sign-in.
    port = new URL(`https://${headers.host}`).port || port;
    const passed = request({ host: '127.0.0.1', port, method, headers, path: `${STAGE}${url}`, ca });
    try {
      const [[response]] = await Promise.all([once(passed, 'response'), pipeline(asked, passed)]);
      answer.writeHead(response.statusCode, response.headers);
      await pipeline(response, answer);
    } catch {
      answer.destroy();
    }
  });
  const proxy = createServer((_, answer) => answer.writeHead(405).end())
    .on('connect', (_, socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      api.emit('connection', socket);
    })
    .listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: async () => {
      api.closeAllConnections();
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
};
