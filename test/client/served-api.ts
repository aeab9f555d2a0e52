/** The API on the real engines, served over HTTP with small limits, and a client for it. */
import { serve } from '@hono/node-server';
import { createApp } from '../../functions/api/app.ts';
import { openStorehouse, type Storehouse, type StorehouseOptions } from '../storehouse.ts';

export interface ServedApi {
  readonly url: string;
  readonly storehouse: Storehouse;
  stop(): Promise<void>;
}

/** Serves one; uploads are verified on request, like by the stream and the bus. */
export const serveApi = async (options: StorehouseOptions = {}): Promise<ServedApi> => {
  const storehouse = await openStorehouse(options);
  const app = createApp(storehouse.dependencies, { localPrincipal: 'local', log: () => {} });
  const verifying = new Set<Promise<void>>();
  const fetch = async (request: Request): Promise<Response> => {
    const response = await app.fetch(request);
    if (response.status === 202 && request.url.endsWith('/data/complete')) {
      const verification: Promise<void> = storehouse.verify().finally(() => verifying.delete(verification));
      verifying.add(verification);
    }
    return response;
  };
  const { port, close } = await new Promise<{ port: number; close: () => Promise<void> }>((settle) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
      settle({ port: info.port, close: () => new Promise((closed) => server.close(() => closed())) }),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    storehouse,
    stop: async () => {
      await close();
      await Promise.all(verifying);
    },
  };
};
