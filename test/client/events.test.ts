import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventQuery } from '../../client/events.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Host } from '../../infra/local/host.ts';
import { startAnswering } from '../answering.ts';
import { startHost } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';

let host: Host;
let taskport: Taskport;
beforeAll(async () => {
  host = await startHost({ port: 0, onEvent: () => {} });
  taskport = new Taskport({ url: host.url });
  await taskport.locations.create({ name: 'logs', kind: 'log' });
});
afterAll(() => host.stop());

let made = 0;
const makeLog = async (): Promise<string> => {
  made += 1;
  return (await taskport.elements.create({ id: `log://logs/log-${made}` })).id;
};

const listen = async (server: ReturnType<typeof createTcpServer>): Promise<string> => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A proxy to the host whose connections can be cut. */
const cuttable = async () => {
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(host.url);
  const server = createTcpServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        incoming.destroy();
        outgoing.destroy();
        sockets.delete(socket);
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const url = await listen(server);
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { url, cut };
};

/** A proxy to the host that behaves like a deployed service: it answers pages. */
const inPages = async (): Promise<string> => {
  const { url, stop } = await startAnswering(async (request, response) => {
    const answer = await fetch(`${host.url}${request.url}`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  onTestFinished(stop);
  return url;
};

/** Watches until told to stop; the IDs of the events. */
const watch = (url: string, query: EventQuery = {}) => {
  const ending = new AbortController();
  const seen: string[] = [];
  let after = '';
  const watching = (async () => {
    for await (const watched of new Taskport({ url }).events.watch({ ...query, signal: ending.signal })) {
      seen.push(watched.event.detail.id);
      ({ after } = watched);
    }
  })();
  const stop = async (): Promise<string> => {
    ending.abort();
    await watching;
    return after;
  };
  onTestFinished(() => ending.abort());
  return { seen, stop };
};

const until = (seen: readonly string[], ids: readonly string[]) => expect.poll(() => seen).toEqual(ids);

describe.each(['as a stream', 'in pages'])('events, %s', (way) => {
  const urlOf = async () => (way === 'in pages' ? inPages() : host.url);

  it('arrive as they happen, filtered on request', async () => {
    const id = `log://logs/log-${made + 2}`;
    const { seen, stop } = watch(await urlOf(), { id });
    await makeLog();
    await makeLog();
    await taskport.elements.update(id, { metadata: { rw: { a: '1' } } });
    await until(seen, [id, id]);
    await stop();
  });

  it('continue at their last position, none repeated and none missing', async () => {
    const first = await makeLog();
    const before = watch(await urlOf(), { kind: 'log' });
    await expect.poll(() => before.seen.at(-1)).toBe(first);
    const after = await before.stop();
    const later = [await makeLog(), await makeLog()];
    const { seen, stop } = watch(await urlOf(), { kind: 'log', after });
    await until(seen, later);
    const last = await makeLog();
    await until(seen, [...later, last]);
    await stop();
  });
});

describe('a broken stream', () => {
  it('continues after the last event, once it is connected again', async () => {
    const { url, cut } = await cuttable();
    const { seen, stop } = watch(url, { kind: 'log', after: 'latest' });
    // `latest` does not include events before the connection, so this waits for a first one.
    const ids: string[] = [];
    await expect
      .poll(
        async () => {
          ids.push(await makeLog());
          return seen.length;
        },
        { ...PATIENCE, interval: 100 },
      )
      .toBeGreaterThan(0);
    const from = ids.indexOf(seen[0] as string);
    await until(seen, ids.slice(from));
    cut();
    ids.push(await makeLog());
    await until(seen, ids.slice(from));
    cut();
    ids.push(await makeLog());
    await until(seen, ids.slice(from));
    await stop();
  });

  it.each([
    ['waits longer each time if it gave nothing, although it ended properly', '', [4, 8, 16, 32]],
    ['waits a moment if it gave a sign of life', ': still here\n\n', [2, 2, 2, 2]],
  ])('%s', async (_, sent, expected) => {
    const { url, stop } = await startAnswering(async ({ headers }, answer) => {
      if (!headers.accept?.includes('text/event-stream'))
        return answer.end(JSON.stringify({ items: [], after: 'here' }));
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      return answer.end(sent);
    });
    onTestFinished(stop);
    const [random, timers] = [
      vi.spyOn(Math, 'random').mockReturnValue(0.01),
      vi.spyOn(globalThis, 'setTimeout'),
    ];
    onTestFinished(() => {
      for (const spied of [random, timers]) spied.mockRestore();
    });
    // All others are limits, which last seconds.
    const waits = () => timers.mock.calls.map(([, wait = 0]) => wait).filter((wait) => wait < 1_000);
    const watching = watch(url);
    await vi.waitFor(() => expect(waits().length).toBeGreaterThanOrEqual(4), PATIENCE);
    await watching.stop();
    expect(waits().slice(0, 4)).toEqual(expected);
  });

  it('is not retried after a wrong request', async () => {
    const { events } = new Taskport({ url: host.url });
    const watching = events.watch({ after: 'nowhere' }).next();
    await expect(watching).rejects.toMatchObject({ code: 'invalid-request' });
  });
});

it('lists the events so far', async () => {
  const id = await makeLog();
  const listed = async () => {
    const found: string[] = [];
    for await (const { detail } of taskport.events.list({ id })) found.push(detail.id);
    return found;
  };
  await expect.poll(listed).toEqual([id]);
});
