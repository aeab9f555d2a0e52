import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guarded, noPages, ownPages } from '../../infra/local/page-guard.ts';

const servers: Server[] = [];
const portOf = async (pages: Parameters<typeof guarded>[0]): Promise<number> => {
  const server = createServer(guarded(pages, (_, response) => response.end('{"heard":true}')));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

let own: number;
let none: number;
beforeAll(async () => {
  [own, none] = [await portOf(ownPages), await portOf(noPages)];
});
afterAll(() => {
  for (const server of servers) server.close();
});

type Headers = Readonly<Record<string, string>>;

const ask = async (port: number, method: string, headers: Headers, path = '/') => {
  const outgoing = request({ host: '127.0.0.1', port, method, headers, path, agent: false }).end();
  const [answer] = await once(outgoing, 'response');
  return { status: answer.statusCode, body: (await json(answer)) as Record<string, unknown> };
};
const isHeard = async (port: number, method: string, headers: Headers): Promise<boolean> =>
  (await ask(port, method, headers)).status === 200;

test.each([
  'localhost',
  'localhost:8787',
  'LOCALHOST:8787',
  'taskport.localhost:8787',
  '127.0.0.1',
  '127.0.0.1:9000',
  '127.9.8.7:1',
  '[::1]:8787',
])('a program may call it as %s', async (host) => {
  expect(await isHeard(none, 'POST', { host })).toBe(true);
});

test.each([
  'evil.example',
  'evil.example:8787',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'xlocalhost',
  '0.0.0.0:8787',
  '192.168.1.2:8787',
  '[::2]:8787',
  'localhost@evil.example',
  ' ',
])('nobody may call it as %s', async (host) => {
  for (const method of ['GET', 'POST']) expect(await isHeard(own, method, { host })).toBe(false);
});

test('only names of this machine are accepted as such', () =>
  fc.assert(
    fc.asyncProperty(fc.webAuthority({ withIPv6: true, withIPv4: true, withPort: true }), async (host) => {
      const isOurs = /^(127\.|(.*\.)?localhost(:|$)|\[(0*:)*:0*1\])/i.test(host);
      expect(await isHeard(own, 'GET', { host })).toBe(isOurs);
    }),
  ));

test('its own pages may call their server, by any of its names', async () => {
  for (const host of [`127.0.0.1:${own}`, `localhost:${own}`, '[::1]:9000', `a.localhost:${own}`]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await isHeard(own, method, { host, origin: `http://${host}` })).toBe(true);
      expect(await isHeard(own, method, { host, 'sec-fetch-site': 'same-origin' })).toBe(true);
      expect(await isHeard(none, method, { host, origin: `http://${host}` })).toBe(false);
    }
  }
});

test.each<[string, Headers]>([
  ['of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['of another port', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
  ['without an origin', { origin: 'null' }],
  ['whose origin is nonsense', { origin: 'http://' }],
  [
    'whose browser says only where it is from',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ],
  ['of a neighbour', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
])('pages %s may call nothing, and get a remedy', async (_, headers) => {
  for (const method of ['GET', 'OPTIONS', 'POST', 'PUT', 'DELETE']) {
    const { status, body } = await ask(own, method, { host: `localhost:${own}`, ...headers });
    expect([method, status, body.code]).toEqual([method, 403, 'permission-denied']);
    expect(body.detail).toContain(`use the console, or call http://127.0.0.1:${own} from a program`);
  }
});

test('a link may be followed, but a form may not be sent', async () => {
  const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect(await isHeard(own, 'GET', headers)).toBe(true);
  expect(await isHeard(own, 'POST', headers)).toBe(false);
  expect(await isHeard(own, 'POST', { ...headers, origin: 'https://evil.example' })).toBe(false);
});

// Clients that send none of a browser's headers about the source of a request.
test.each<[string, Headers]>([
  [
    'docker',
    { 'user-agent': 'docker/20.10.24+dfsg1 go/go1.19.8', 'accept-encoding': 'gzip', connection: 'close' },
  ],
  ['ctr', { 'user-agent': 'containerd/1.6.20~ds1', accept: 'application/json', 'accept-encoding': 'gzip' }],
  ['skopeo', { 'user-agent': 'skopeo/1.9.3', 'docker-distribution-api-version': 'registry/2.0' }],
])('a client of registries may call it by any name of this machine: %s', async (_, headers) => {
  for (const host of ['127.0.0.1:8787', 'localhost:8787', '127.0.0.2:8787'])
    for (const method of ['GET', 'POST', 'DELETE'])
      expect((await ask(own, method, { ...headers, host }, '/v2/')).status).toBe(200);
});

test('pages cannot use the registry, and a client that uses another name is refused in the registry’s format', async () => {
  const origin = 'https://evil.example';
  for (const path of ['/v2', '/v2/', '/v2/images/app/manifests/1']) {
    for (const headers of [
      { origin },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'host.docker.internal:8787' },
    ]) {
      const { status, body } = await ask(own, 'GET', headers, path);
      expect({ status, body }).toEqual({
        status: 403,
        body: { errors: [{ code: 'DENIED', message: expect.any(String), detail: {} }] },
      });
    }
  }
  expect((await ask(own, 'GET', { origin }, '/v2x')).body).toMatchObject({ code: 'permission-denied' });
});
