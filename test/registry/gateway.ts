/** The API as deployed: a function behind a gateway with TLS and without an authorizer. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createApp } from '../../functions/api/app.ts';
import { behindGateway } from '../../functions/gateway.ts';
import { asFunction } from '../../infra/local/function-calls.ts';
import { gatewayEvent } from '../gateway-event.ts';
import type { Taskport } from '../taskport.ts';

export interface Gateway {
  /** Its address, without `https://`. */
  readonly host: string;
  /** The requests, one line each: the method, the path, and the scheme of `Authorization`. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Starts it, with a self-signed certificate. */
export const startGateway = async ({ dependencies }: Taskport, directory: string): Promise<Gateway> => {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...subject], { stdio: 'pipe' });
  const handler = behindGateway(createApp(dependencies, { log: () => {} }));
  const asked: string[] = [];
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    async (request, response) => {
      const { method = '', url = '', headers } = request;
      asked.push(`${method} ${url.split('?')[0]} ${headers.authorization?.split(' ')[0] ?? ''}`.trim());
      const event = gatewayEvent(method, url, {}, headers as Record<string, string>, await buffer(request));
      const domainName = headers.host ?? '';
      const requestContext = { ...event.requestContext, domainName };
      const answer = (await asFunction('api', () =>
        handler({ ...event, requestContext } as never),
      )) as APIGatewayProxyStructuredResultV2;
      response.writeHead(answer.statusCode ?? 0, answer.headers as Record<string, string>);
      response.end(Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8'));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
