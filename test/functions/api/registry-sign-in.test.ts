import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { createQuota } from '../../../functions/dependencies.ts';
import { behindGateway } from '../../../functions/gateway.ts';
import { environmentNames } from '../../../lib/adapters/environment.ts';
import { SigningSecret } from '../../../lib/adapters/secretsmanager/signing-secret.ts';
import { issueCredential } from '../../../lib/credential.ts';
import { enginePrincipal } from '../../../lib/location/access.ts';
import type { CallCounter } from '../../../lib/quota.ts';
import { gatewayEvent } from '../../gateway-event.ts';
import { PATIENCE } from '../../patience.ts';
import { type Answer, startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations } from './support.ts';

const READER = 'arn:aws:iam::123456789012:role/reader';
const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const NOBODY = {};

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, {
    name: 'images',
    kind: 'image',
    grants: [{ principal: READER, actions: ['read'] }],
  });
});
afterAll(() => taskport.stop());

const credentialsOf = async (principal: string) =>
  bodyOf(taskport.callAs(principal, 'POST', '/v1/registry/credentials'), 200);
const basic = (password: string, username = 'taskport') => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Calls a route without an authorizer, as API Gateway does. */
const open = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  taskport.callBehind(NOBODY, method, path, { headers });

/** Checks that the answer is this error, in the form of the distribution specification. */
const expectError = (answer: Answer, status: number, code: string): void => {
  expect(answer).toMatchObject({ status, body: { errors: [{ code, message: expect.any(String) }] } });
  expect(answer.headers.get('content-type')).toBe('application/json');
};

describe('sign-in behind the gateway', () => {
  it('is requested from a client without a credential, with the URL and the scope of the token', async () => {
    for (const [path, scope] of [
      ['/v2/', ''],
      ['/v2/images/app/manifests/1', ',scope="repository:images/app:pull"'],
      ['/v2/_catalog', ',scope="registry:catalog:*"'],
      ['/v2/images/%22x/manifests/1', ''],
      ['/v2/nothing', ''],
    ]) {
      const answer = await open(path ?? '');
      expectError(answer, 401, 'UNAUTHORIZED');
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer realm="https://api.example.com/v2/token",service="api.example.com"${scope}`,
      );
      expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    }
  });

  it('works with a password from the API, sent with each request or exchanged for a token', async () => {
    const { username, password, expiresAt } = await credentialsOf(READER);
    expect(username).toBe('taskport');
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(await open('/v2/', basic(password))).toMatchObject({ status: 200, body: {} });
    expect((await open('/v2/', basic(password, 'anybody'))).status).toBe(200);
    const token = await bodyOf(
      open('/v2/token?service=api.example.com&scope=repository:x:pull', basic(password)),
      200,
    );
    expect(token.access_token).toBe(token.token);
    expect(token.expires_in).toBeGreaterThan(14 * 60);
    expect(token.expires_in).toBeLessThanOrEqual(15 * 60);
    expect((await open('/v2/', bearer(token.token))).status).toBe(200);
    expect((await open('/v2/', { authorization: `bearer  ${token.token}` })).status).toBe(200);
  });

  it('is not cached, and a token expires with the password', async () => {
    const answer = await taskport.callAs(READER, 'POST', '/v1/registry/credentials');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const token = await open('/v2/token', basic(answer.body.password));
    expect(token.headers.get('cache-control')).toBe('no-store');
    expect(token.body.token).toBe(answer.body.password);
  });

  it('is not renewed for a password that expires during the call', async () => {
    const { password, expiresAt } = await credentialsOf(READER);
    let now = Date.parse(expiresAt) - 1;
    const quota = createQuota(taskport, 100);
    const counter: CallCounter = {
      async count(...call) {
        const isCounted = await quota.counter.count(...call);
        now += 2;
        return isCounted;
      },
    };
    const app = createApp(
      { ...taskport.dependencies, now: () => now },
      { quota: { ...quota, counter }, log: () => {} },
    );
    const answer = await behindGateway(app)(
      gatewayEvent('GET', '/v2/token', NOBODY, basic(password), undefined) as never,
    );
    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ token: password, access_token: password, expires_in: 0 });
  });

  it('is refused for an invalid credential, in any form', async () => {
    const { password } = await credentialsOf(READER);
    for (const headers of [
      basic('wrong'),
      basic(''),
      basic(`${password}x`),
      bearer('wrong'),
      { authorization: 'Bearer' },
      { authorization: 'Basic !!!' },
      { authorization: 'Digest x' },
      { authorization: password },
      { authorization: '' },
    ]) {
      expectError(await open('/v2/', headers), 401, 'UNAUTHORIZED');
      const token = await open('/v2/token', headers);
      expectError(token, 401, 'UNAUTHORIZED');
      expect(token.headers.get('www-authenticate')).toBe('Basic realm="Taskport"');
    }
  });

  it('by POST is answered so that clients fall back to GET', async () => {
    const { password } = await credentialsOf(READER);
    const answer = await open('/v2/token', basic(password), 'POST');
    expectError(answer, 405, 'UNSUPPORTED');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it('gives no access to the API: there only the authorizer names the caller', async () => {
    const { password } = await credentialsOf(READER);
    for (const headers of [basic(password), bearer(password)])
      expectProblem(await open('/v1/locations', headers), 401, 'unauthenticated');
    expectError(await taskport.callAs(READER, 'GET', '/v2/'), 401, 'UNAUTHORIZED');
    expectProblem(await open('/v1/registry/credentials', basic(password), 'POST'), 401, 'unauthenticated');
  });

  it('gives the rights of the grants at that time, and no more', async () => {
    const [reader, stranger] = await Promise.all([credentialsOf(READER), credentialsOf(STRANGER)]);
    const path = '/v2/images/app/manifests/none';
    expectError(await open(path, basic(reader.password)), 404, 'MANIFEST_UNKNOWN');
    const refused = await open(path, basic(stranger.password));
    expectError(refused, 404, 'NAME_UNKNOWN');
    const [absent] = (await open('/v2/absent/app/manifests/none', basic(stranger.password))).body.errors;
    expect({ ...absent, detail: refused.body.errors[0].detail }).toEqual(refused.body.errors[0]);
    const grants = [{ principal: STRANGER, actions: ['read'] }];
    await bodyOf(taskport.call('PATCH', '/v1/locations/images', { body: { grants } }), 200);
    await vi.waitFor(async () => {
      expectError(await open(path, basic(stranger.password)), 404, 'MANIFEST_UNKNOWN');
      expectError(await open(path, basic(reader.password)), 404, 'NAME_UNKNOWN');
    }, PATIENCE);
  });

  it('lets Fargate pull an image only if its location grants `read` to the engine', async () => {
    const principal = enginePrincipal('fargate');
    const keys = new SigningSecret(process.env[environmentNames.registrySecret] ?? '');
    const { password } = await issueCredential({ ...taskport.dependencies, keys }, principal);
    const path = '/v2/images/app/manifests/none';
    const granted = [{ principal, actions: ['read'] }];
    const reader = [{ principal: READER, actions: ['read'] }];
    for (const [grants, code] of [
      [granted, 'MANIFEST_UNKNOWN'],
      [reader, 'NAME_UNKNOWN'],
    ] as const) {
      await bodyOf(taskport.call('PATCH', '/v1/locations/images', { body: { grants } }), 200);
      await vi.waitFor(async () => expectError(await open(path, basic(password)), 404, code), PATIENCE);
    }
  });

  it('survives a change of the key, until the one after that', async () => {
    const { password } = await credentialsOf(READER);
    const secret = new SigningSecret(process.env[environmentNames.registrySecret] ?? '');
    await secret.rotate();
    expect((await open('/v2/', basic(password))).status).toBe(200);
    const fresh = createApp(taskport.dependencies, { log: () => {} });
    const status = async (app: typeof fresh, given: string) => {
      const event = gatewayEvent('GET', '/v2/', NOBODY, basic(given), undefined);
      return (await behindGateway(app)(event as never)).statusCode;
    };
    // A process caches the keys, so this is another process.
    const elsewhere = createApp({ ...taskport.dependencies }, { log: () => {} });
    expect(await status(elsewhere, password)).toBe(200);
    await secret.rotate();
    const later = createApp({ ...taskport.dependencies }, { log: () => {} });
    expect(await status(later, password)).toBe(401);
  });
});

describe('without a gateway', () => {
  it('nobody signs in, and clients that sign in anyway are accepted', async () => {
    for (const headers of [{}, basic('anything'), bearer('anything')])
      expect((await taskport.call('GET', '/v2/', { headers })).status).toBe(200);
    const { token } = await bodyOf(taskport.call('GET', '/v2/token'), 200);
    expect((await open('/v2/', bearer(token))).status).toBe(200);
  });
});

describe('a credential', () => {
  it('is logged with its principal, without the credential', async () => {
    const lines: string[] = [];
    const app = createApp(taskport.dependencies, { localPrincipal: 'me', log: (line) => lines.push(line) });
    const { password, expiresAt } = (await (
      await app.request('/v1/registry/credentials', { method: 'POST' })
    ).json()) as Record<string, string>;
    const told = lines.map((line) => JSON.parse(line));
    expect(told).toContainEqual(
      expect.objectContaining({ message: 'credential', principal: 'me', expiresAt }),
    );
    expect(lines.join()).not.toContain(password);
  });

  it('counts in the quota of its principal', async () => {
    const now = Date.parse('2026-01-01T00:00:15Z');
    const quota = { ...createQuota(taskport, 3), now: () => now };
    const handler = behindGateway(createApp(taskport.dependencies, { quota, log: () => {} }));
    const { password } = await credentialsOf('arn:aws:iam::123456789012:role/greedy');
    const call = () => handler(gatewayEvent('GET', '/v2/', NOBODY, basic(password), undefined) as never);
    const answers = [await call(), await call(), await call(), await call()];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429]);
    const refused = answers.at(-1);
    expect(refused?.headers).toMatchObject({ 'retry-after': '45' });
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
  });

  it('is unavailable while the key cannot be read, which does not affect other calls', async () => {
    const url = process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER;
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = 'http://127.0.0.1:1';
    try {
      const app = createApp({ ...taskport.dependencies }, { localPrincipal: 'me', log: () => {} });
      const answer = await app.request('/v1/registry/credentials', { method: 'POST' });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'unavailable' });
      expect((await app.request('/v2/')).status).toBe(200);
      const behind = behindGateway(app);
      const { password } = {
        password: `${Buffer.from('me').toString('base64url')}.zzzzzz.${'A'.repeat(43)}`,
      };
      const refused = await behind(gatewayEvent('GET', '/v2/', NOBODY, basic(password), undefined) as never);
      expect(refused.statusCode).toBe(503);
      expect(refused.headers).toHaveProperty('retry-after');
      expect(JSON.parse(refused.body)).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
    } finally {
      process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = url;
    }
  });
});
