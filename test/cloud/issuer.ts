/** An OpenID provider on loopback, with the cloud's certificate. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificateIn } from './certificate.ts';
import type { Cloud } from './cloud.ts';

export interface Issuer {
  readonly url: string;
  /** A token for an hour, with further claims if given. */
  token(claims?: Readonly<Record<string, unknown>>): string;
  stop(): Promise<void>;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const startIssuer = async ({ directory }: Cloud): Promise<Issuer> => {
  const { key, cert } = certificateIn(directory);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : { keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (claims) => {
      const iat = Math.floor(Date.now() / 1000);
      const said = { iss: url, sub: 'ann', aud: 'taskport', iat, exp: iat + 3_600, ...claims };
      const text = `${encoded({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encoded(said)}`;
      return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
