import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleConsole } from '../../build/console-bundle.ts';
import { createConsole } from '../../functions/console/app.ts';
import { behindGateway } from '../../functions/gateway.ts';
import { gatewayEvent } from '../gateway-event.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-console-'));
const app = createConsole({ directory, stores: ['https://data.example.com'] });
beforeAll(() => bundleConsole(directory));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const named = async (pattern: RegExp): Promise<string> =>
  pattern.exec(await (await app.request('/')).text())?.[1] ?? '';

test('the page is revalidated each time, and its files are cached for ever', async () => {
  const page = await app.request('/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  for (const [pattern, type] of [
    [/src="([^"]+)"/, 'text/javascript; charset=utf-8'],
    [/"stylesheet" href="([^"]+)"/, 'text/css; charset=utf-8'],
    [/"icon" href="([^"]+)"/, 'image/svg+xml'],
  ] as const) {
    const file = await app.request(await named(pattern));
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toBe(type);
    expect(file.headers.get('cache-control')).toContain('immutable');
  }
});

test('only scripts of this host run, and calls go only to this host and to the store', async () => {
  const policy = (await app.request('/')).headers.get('content-security-policy') ?? '';
  const said = Object.fromEntries(policy.split('; ').map((part) => part.split(/ (.*)/)));
  expect(said).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self' https://data.example.com",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
});

test.each(['/console/index.html', '/console/..%2Fpackage.json', '/console/main-00000000.js', '/other'])(
  '%s is not found',
  async (path) => {
    expect((await app.request(path)).status).toBe(404);
  },
);

test('a file name with further encoded characters is not found either, behind the gateway', async () => {
  const file = await named(/src="([^"]+)"/);
  const statusOf = async (path: string) =>
    (await behindGateway(app)(gatewayEvent('GET', path, {}, {}, undefined) as never)).statusCode;
  expect(await statusOf(file)).toBe(200);
  for (const sign of ['%23', '%25', '%20', '%2541']) expect(await statusOf(file + sign)).toBe(404);
});

test('the first view has under 150 KB of script, and no script calls other hosts', () => {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const page = read('index.html');
  const first = [...page.matchAll(/\/console\/([^"]+\.js)"/g)].map(([, name = '']) => name);
  expect(Buffer.byteLength(first.map(read).join(''))).toBeLessThan(150_000);
  // The page itself names the chunks that the first script needs, so that they load in parallel.
  const needed = first.flatMap((name) => [...read(name).matchAll(/(?:from|import)"\.\/([^"]+)"/g)]);
  expect(first).toEqual(expect.arrayContaining(needed.map(([, name]) => name)));
  const text = readdirSync(directory)
    .filter((name) => name.endsWith('.js'))
    .map(read)
    .join('');
  const origins = [...text.matchAll(/https?:\/\/[a-z0-9.-]+/g)].map(([origin]) => origin);
  // The namespaces of SVG and MathML and the types of problems are only names.
  const names = ['http://www.w3.org', 'https://taskport.dev'];
  expect(origins.filter((origin) => !names.includes(origin))).toEqual([]);
});
