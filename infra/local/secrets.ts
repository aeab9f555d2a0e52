import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { guarded, noPages } from './page-guard.ts';

export interface LocalSecrets {
  readonly url: string;
  stop(): Promise<void>;
}

interface Asked {
  readonly SecretId: string;
  readonly SecretString?: string;
  readonly VersionStage?: string;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const refusal = (__type: string, message: string): Answer => ({ status: 400, body: { __type, message } });

/**
 * Starts a secrets manager for the SDK's client, which can read secrets and put new values. A secret starts with a random value. Nothing survives
 * `stop`: credentials signed with these secrets are valid for minutes.
 */
export const startSecrets = async (): Promise<LocalSecrets> => {
  /** The values of each secret, the newest first. */
  const secrets = new Map<string, readonly string[]>();
  const valuesOf = (id: string): readonly string[] => {
    const values = secrets.get(id) ?? [randomBytes(32).toString('base64')];
    secrets.set(id, values);
    return values;
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const operation = request.headers['x-amz-target'];
    const { SecretId, SecretString = '', VersionStage = 'AWSCURRENT' } = (await json(request)) as Asked;
    const values = valuesOf(SecretId);
    if (operation === 'secretsmanager.PutSecretValue') {
      secrets.set(SecretId, [SecretString, ...values].slice(0, 2));
      return { status: 200, body: { ARN: SecretId, VersionStages: ['AWSCURRENT'] } };
    }
    if (operation !== 'secretsmanager.GetSecretValue')
      return refusal('InvalidRequestException', `${operation} is not offered here`);
    const value = values[['AWSCURRENT', 'AWSPREVIOUS'].indexOf(VersionStage)];
    if (value !== undefined) return { status: 200, body: { ARN: SecretId, SecretString: value } };
    return refusal('ResourceNotFoundException', `There is no value at the stage ${VersionStage}.`);
  };
  const server = createServer(
    guarded(noPages, (request, response) => {
      answer(request)
        .catch((error: Error) => refusal('InternalServiceError', error.message))
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
