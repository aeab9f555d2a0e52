import type { ApiContext } from './request.ts';

/** Makes URLs of WebSockets on the server that the client called. */
export const socketUrl =
  (c: ApiContext) =>
  (path: string): string =>
    new URL(path, c.req.url).href.replace(/^http/, 'ws');
