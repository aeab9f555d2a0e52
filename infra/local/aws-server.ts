import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defined } from '../../lib/defined.ts';
import { guarded, noPages } from './page-guard.ts';

/** What a service of AWS answers a call. */
export interface AwsAnswer {
  readonly status: number;
  readonly body: object;
  /** The type of an error, in the protocol that names it beside the body. */
  readonly type?: string;
}

/** An error in the protocol that names its type in the body. */
export const refusal = (type: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: { __type: type, message },
});

export const AWS_JSON = 'application/x-amz-json-1.1';

export interface AwsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the calls of the SDK's client of one service at a free port of loopback; `onError` answers for an error of ours. */
export const startAwsServer = async (
  contentType: string,
  answer: (request: IncomingMessage) => Promise<AwsAnswer>,
  onError: (error: Error) => AwsAnswer,
): Promise<AwsServer> => {
  const server = createServer(
    guarded(noPages, (request, response) => {
      void answer(request)
        .catch(onError)
        .then(({ status, body, type }) => {
          response.writeHead(status, {
            'content-type': contentType,
            'x-amzn-requestid': randomUUID(),
            ...defined({ 'x-amzn-errortype': type }),
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
