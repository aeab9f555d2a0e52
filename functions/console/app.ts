import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Hono } from 'hono';
import { decodedPath } from '../decoded-path.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the bundle. Its name contains a digest of its content, so it never changes. */
const FILE = /^[a-z]+-[A-Za-z0-9]{8}\.(js|css|svg)$/;
const FOR_EVER = 'public, max-age=31536000, immutable';

export interface ConsoleOptions {
  /** The directory of the bundle. */
  readonly directory: string;
  /** The origins of the store that data is sent to and fetched from. */
  readonly stores: readonly string[];
}

/** Only resources from this server run or appear; calls go only to this server, and to the store. */
const policyFor = (stores: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${stores.join(' ')}`.trimEnd(),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Serves the console: one page, and the files that it names. */
export const createConsole = ({ directory, stores }: ConsoleOptions): Hono => {
  const app = new Hono({ getPath: decodedPath });
  const headers = {
    'content-security-policy': policyFor(stores),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
  const missing = (): Response => new Response('There is no such file.\n', { status: 404, headers });
  const send = async (name: string, cacheControl: string): Promise<Response> => {
    const body = await readFile(join(directory, name)).catch(() => undefined);
    if (!body) return missing();
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    return new Response(body, {
      headers: { ...headers, 'content-type': type, 'cache-control': cacheControl },
    });
  };
  app.get('/', () => send('index.html', 'no-cache'));
  app.get('/console/:file', (c) => {
    const file = c.req.param('file');
    return FILE.test(file) ? send(file, FOR_EVER) : missing();
  });
  return app;
};
