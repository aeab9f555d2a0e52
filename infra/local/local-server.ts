import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guarded, noPages } from './page-guard.ts';

/** An answer to a client of the AWS SDK. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface LocalServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The answer with an error of that type. */
export const refusal = (type: string, message: string, status = 400): Answer => ({
  status,
  body: { __type: type, message },
});

/** Starts a server for clients of the AWS SDK on this machine. */
export const serve = async (answer: (request: IncomingMessage) => Promise<Answer>): Promise<LocalServer> => {
  const server = createServer(
    guarded(noPages, (request, response) => {
      answer(request)
        .catch((error: Error) => refusal('InternalServerException', error.message, 500))
        .then(({ status, body }) => {
          response.writeHead(status, {
            'content-type': 'application/x-amz-json-1.1',
            'x-amzn-requestid': randomUUID(),
          });
          response.end(JSON.stringify(body));
        });
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
