import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { BridgeEvent } from './bus.ts';
import type { KeptMap } from './kept-map.ts';
import { guarded, ownPages, refusalOf } from './page-guard.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** Milliseconds before the retry of a failed call. */
const RETRY_AFTER_MS = 1_000;

/** A running function with its trigger. */
export interface Running {
  stop(): Promise<void>;
}

export type Handler = (event?: unknown) => Promise<unknown>;

/** How long a stop waits for open requests. A client that never finishes its request must not block it. */
const HTTP_PATIENCE = 5_000;
const TIDY_MS = 50;

/**
 * Serves an app. The binding `stopping` tells the app to end its streaming answers. Calls `onChange` after each answer to a request that may have
 * changed something.
 */
export const serveHttp = (
  fetch: (request: Request, bindings: object) => Response | Promise<Response>,
  port: number,
  onChange: () => void,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Running & { readonly url: string }> =>
  new Promise((settle, fail) => {
    const stopping = new AbortController();
    const bound = async (request: Request, bindings: object): Promise<Response> => {
      const response = await fetch(request, { ...bindings, stopping: stopping.signal });
      if (request.method !== 'GET' && request.method !== 'HEAD') onChange();
      return response;
    };
    const server = createServer(guarded(ownPages, getRequestListener(bound)));
    server.on('upgrade', (request, socket, head) => {
      const detail = refusalOf(request, ownPages);
      if (detail === undefined) upgrade(request, socket, head);
      else refuseUpgrade(socket, 403, 'permission-denied', detail);
    });
    server.listen(port, '127.0.0.1', () =>
      settle({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: () =>
          new Promise((stopped) => {
            stopping.abort();
            const force = setTimeout(() => server.closeAllConnections(), HTTP_PATIENCE);
            // A client keeps its connection alive if its answer began before the stop; this closes it after the answer.
            const tidy = setInterval(() => server.closeIdleConnections(), TIDY_MS);
            server.close(() => {
              clearTimeout(force);
              clearInterval(tidy);
              stopped();
            });
          }),
      }),
    );
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'EADDRINUSE' ? new Error(`port ${port} is in use; set PORT to another`) : error),
    );
  });

/** Calls the handler on schedule, one run at a time. */
export const keepSchedule = (handler: Handler, everyMinutes: number): Running => {
  let run = Promise.resolve();
  const timer = setInterval(() => {
    run = run
      .then(() => handler())
      .then(
        () => {},
        (error) => console.error(error),
      );
  }, everyMinutes * 60_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await run;
    },
  };
};

/**
 * Calls the handler for each event, concurrently, and retries failed calls as Lambda does for asynchronous calls. Begins with the events that
 * were left pending.
 */
export const consumeEvents = (handler: Handler, retryAttempts: number, pending: KeptMap<BridgeEvent>) => {
  const calls = new Set<Promise<void>>();
  const call = async (event: BridgeEvent): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await handler(event);
        return;
      } catch (error) {
        if (attempt === retryAttempts) return console.error(error);
        await sleep(RETRY_AFTER_MS);
      }
    }
  };
  const begin = (event: BridgeEvent): void => {
    const running: Promise<void> = call(event).finally(() => {
      pending.delete(event.id);
      calls.delete(running);
    });
    calls.add(running);
  };
  for (const [, event] of pending.entries()) begin(event);
  return {
    consume: (event: BridgeEvent): void => {
      try {
        pending.set(event.id, event);
      } catch (error) {
        // The call needs no file; only a kill during the call would lose the event.
        console.error(error);
      }
      begin(event);
    },
    stop: async (): Promise<void> => void (await Promise.all(calls)),
  };
};
