/** The relay of the local host, with clients and runners that use a WebSocket library. */
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../client/platform/message-socket.ts';
import { LocalRelay, type RelayLimits } from '../../infra/local/relay/relay.ts';
import {
  closeMessage,
  endIn,
  endMessage,
  MOST_BYTES,
  message,
  resizeMessage,
  SUBPROTOCOL,
  sizeIn,
} from '../../lib/composition/session/channels.ts';
import type { Session, SessionOutcome } from '../../lib/composition/session/session.ts';
import { PATIENCE } from '../patience.ts';

/** Events of a socket of this process take milliseconds. */
const SOON = { ...PATIENCE, interval: 5 };
const [STDIN, STDOUT, STDERR, ERROR] = [0, 1, 2, 3];
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The headers of a WebSocket upgrade, without its key. */
const NO_KEY = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': SUBPROTOCOL,
  'x-principal': 'ann',
};

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** A relay behind a server that believes the principal in a header. */
const startRelay = async (limits: Partial<RelayLimits> = {}) => {
  const relay = new LocalRelay(limits);
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket, head) =>
    relay.upgrade(request, socket, head, String(request.headers['x-principal'] ?? 'ann')),
  );
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  stops.push(() => {
    relay.stop();
    server.closeAllConnections();
    server.close();
  });
  let count = 0;
  const admit = (more: Partial<Session> = {}, began = async (): Promise<void> => {}) => {
    count += 1;
    const session: Session = {
      ...{ session: `s-${count}`, executorId: 'executor://boxes/one', taskId: 'task://jobs/web', attempt: 1 },
      ...{ kind: 'exec', args: ['sh'], terminal: false, stdin: true, principal: 'ann' },
      composition: { createdAt: '2026-01-31T12:00:00Z', revision: 3 },
      ...more,
    };
    const outcomes: SessionOutcome[] = [];
    const ended = async (outcome: SessionOutcome): Promise<void> => void outcomes.push(outcome);
    return { ...relay.admit(session, { began, ended }), id: session.session, outcomes };
  };
  const open = async (path: string, as = 'ann', protocols = [SUBPROTOCOL]) => {
    // Without a limit on pongs, so that a slow reader still answers all pings.
    const options = { headers: { 'x-principal': as }, maxPendingAutoPongs: 0 };
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
    const came: Buffer[] = [];
    let closed: { code: number; reason: string } | undefined;
    socket.on('message', (bytes: Buffer) => came.push(bytes));
    socket.on('close', (code, reason) => {
      closed = { code, reason: String(reason) };
    });
    const refused = await new Promise<{ status: number; code?: string } | undefined>((settle, fail) => {
      socket.once('open', () => settle(undefined));
      socket.on('error', fail);
      socket.once('unexpected-response', (_, answer: IncomingMessage) => {
        let said = '';
        answer.on('data', (part) => {
          said += part;
        });
        answer.on('end', () => settle({ status: answer.statusCode ?? 0, code: JSON.parse(said).code }));
      });
    });
    return { socket, came, refused, closed: () => closed };
  };
  /** A session with both sides connected. */
  const join = async (more: Partial<Session> = {}) => {
    const admitted = admit(more);
    const client = await open(admitted.path);
    const runner = await open(relay.serve(admitted.id, 'bob').path, 'bob');
    return { ...admitted, client, runner };
  };
  /** The number of open connections of the server. */
  const connections = promisify(server.getConnections.bind(server));
  return { relay, port, admit, open, join, connections };
};

describe('a relay', () => {
  it('keeps nothing of hundreds of ended sessions, nor of those beyond its quota', async () => {
    const { relay, admit, open, connections } = await startRelay();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const quota = 128;
    const ends = [
      ({ client }) => client.socket.close(),
      ({ client }) => client.socket.terminate(),
      ({ runner }) => runner.socket.terminate(),
      ({ runner }) => {
        runner.socket.send(endMessage({ exitCode: 0 }));
        runner.socket.close();
      },
      ({ client }) => client.socket.send(message(9)),
      ({ client }) => client.socket.send(message(STDIN, Buffer.alloc(MOST_BYTES + 1))),
    ] satisfies ((sides: Record<'client' | 'runner', Awaited<ReturnType<typeof open>>>) => void)[];
    let ended = 0;
    let refused = 0;
    for (let asked = 0; asked < 400; ) {
      const admitted: ReturnType<typeof admit>[] = [];
      for (; asked < 400 && admitted.length < quota; asked += 1) admitted.push(admit());
      if (admitted.length === quota) {
        expect(() => admit()).toThrow(/you have 128 sessions/);
        refused += 1;
      }
      await Promise.all(
        admitted.map(async ({ path, id, outcomes }, at) => {
          const client = await open(path);
          const runner = await open(relay.serve(id, 'runner').path, 'runner');
          ends[at % ends.length]?.({ client, runner });
          await vi.waitFor(() => expect(outcomes).toHaveLength(1), SOON);
          for (const { closed } of [client, runner])
            await vi.waitFor(() => expect(closed()).toBeDefined(), SOON);
          ended += outcomes.length;
          expect(relay.waiting(id)).toBeUndefined();
        }),
      );
    }
    expect([ended, refused]).toEqual([400, 3]);
    await vi.waitFor(async () => expect(await connections()).toBe(0), SOON);
    await vi.waitFor(() => expect(timers()).toBeLessThan(before + quota), SOON);
    // All of them are free again.
    for (let left = 0; left < quota; left += 1) admit();
  });
});

// Most of these wait.
describe.concurrent('a relay', () => {
  it('connects both sides, and reports how the session ended', async () => {
    const { join } = await startRelay();
    const { client, runner, outcomes } = await join();
    client.socket.send(message(STDIN, Buffer.from([0, 255, 10])));
    client.socket.send(closeMessage(STDIN));
    await vi.waitFor(() => expect(runner.came).toHaveLength(2), SOON);
    expect(runner.came).toEqual([Buffer.from([0, 0, 255, 10]), Buffer.from([255, 0])]);
    runner.socket.send(message(STDOUT, Buffer.from('out')));
    runner.socket.send(message(STDERR, Buffer.from('err')));
    runner.socket.send(endMessage({ exitCode: 7 }));
    runner.socket.close();
    await vi.waitFor(() => expect(client.closed()).toMatchObject({ code: 1000 }), SOON);
    expect(client.came.map((bytes) => bytes[0])).toEqual([STDOUT, STDERR, ERROR]);
    expect(endIn((client.came[2] as Buffer).subarray(1))).toEqual({ exitCode: 7 });
    await vi.waitFor(() => expect(outcomes).toEqual([{ how: 'completed', exitCode: 7 }]), SOON);
  });

  it('accepts a URL once, for a limited time, from its caller, in this protocol', async () => {
    const { admit, open } = await startRelay();
    const { path } = admit();
    expect((await open(path, 'eve')).refused).toEqual({ status: 403, code: 'permission-denied' });
    expect((await open(path, 'ann', ['v4.channel.k8s.io'])).refused).toMatchObject({ status: 400 });
    expect((await open(path)).refused).toBeUndefined();
    expect((await open(path)).refused).toEqual({ status: 404, code: 'not-found' });
    const hasty = await startRelay({ ticketMs: 1 });
    const late = hasty.admit();
    await sleep(50);
    expect((await hasty.open(late.path)).refused).toEqual({ status: 404, code: 'not-found' });
  });

  it('keeps the messages of a client until the runner comes', async () => {
    const { relay, admit, open } = await startRelay();
    const { path, id } = admit();
    const client = await open(path);
    client.socket.send(message(STDIN, Buffer.from('early')));
    await sleep(50);
    const runner = await open(relay.serve(id, 'bob').path, 'bob');
    await vi.waitFor(() => expect(runner.came.map(text)).toEqual(['\0early']), SOON);
    expect(relay.waiting(id)).toBeUndefined();
  });

  it('tells the client if no runner comes, if the runner goes, and if nothing could be kept', async () => {
    const { admit, open, join } = await startRelay();
    const hasty = await startRelay({ runnerMs: 100 });
    const alone = hasty.admit();
    const client = await hasty.open(alone.path);
    await vi.waitFor(() => expect(client.closed()).toBeDefined(), SOON);
    expect(text(client.came[0] as Buffer)).toMatch(/no runner took the session on/);
    expect(alone.outcomes).toEqual([{ how: 'runner-gone' }]);
    const both = await join();
    both.runner.socket.terminate();
    await vi.waitFor(() => expect(both.client.closed()).toBeDefined(), SOON);
    expect(text(both.client.came[0] as Buffer)).toMatch(/the runner of the task is gone/);
    expect(both.outcomes).toEqual([{ how: 'runner-gone' }]);
    const unkept = admit({}, async () => {
      throw new Error('the store is closed');
    });
    const third = await open(unkept.path);
    await vi.waitFor(() => expect(third.closed()).toBeDefined(), SOON);
    expect(text(third.came[0] as Buffer)).toMatch(/the store is closed/);
  });

  it('tells a runner that its client is gone, even if the runner does not read', async () => {
    const { join } = await startRelay({ pingMs: 100 });
    const { client, runner, outcomes } = await join();
    client.socket.terminate();
    await vi.waitFor(() => expect(runner.closed()).toMatchObject({ code: 1001 }), SOON);
    expect(outcomes).toEqual([{ how: 'client-gone' }]);
    const { relay, admit, open } = await startRelay();
    const left = admit();
    const leaving = await open(left.path);
    const { path } = relay.serve(left.id, 'bob');
    leaving.socket.terminate();
    await vi.waitFor(() => expect(left.outcomes).toHaveLength(1), SOON);
    expect((await open(path, 'bob')).refused).toEqual({ status: 404, code: 'not-found' });
    const stalled = await join();
    stalled.runner.socket.pause();
    const full = Buffer.alloc(MOST_BYTES);
    for (let sent = 0; sent < 512; sent += 1) stalled.client.socket.send(message(STDIN, full));
    await sleep(500);
    stalled.client.socket.terminate();
    await vi.waitFor(() => expect(stalled.outcomes).toEqual([{ how: 'client-gone' }]), SOON);
  });

  it('refuses messages that a side may not send', async () => {
    const { join } = await startRelay();
    const long = message(STDIN, Buffer.alloc(MOST_BYTES + 1));
    const cases: [Partial<Session>, (Uint8Array | string)[], number][] = [
      [{}, ['text'], 1003],
      [{}, [Buffer.alloc(0)], 1002],
      [{}, [message(7)], 1002],
      [{}, [message(STDOUT)], 1002],
      [{}, [long], 1009],
      [{}, [resizeMessage({ columns: 80, rows: 24 })], 1008],
      [{ stdin: false }, [message(STDIN)], 1008],
      [{}, [closeMessage(STDIN), message(STDIN)], 1002],
      [{}, [closeMessage(STDIN), closeMessage(STDIN)], 1002],
      [{}, [closeMessage(STDOUT)], 1002],
      [{}, [Buffer.from([255])], 1002],
      [{ terminal: true }, [message(4, Buffer.from('{"Width":0,"Height":24}'))], 1002],
      [{ terminal: true }, [message(4, Buffer.from('wide'))], 1002],
    ];
    for (const [more, messages, code] of cases) {
      const { client, runner, outcomes } = await join(more);
      for (const each of messages) client.socket.send(each);
      await vi.waitFor(() => expect(client.closed()?.code).toBe(code), SOON);
      await vi.waitFor(() => expect(runner.closed()).toBeDefined(), SOON);
      expect(outcomes).toHaveLength(1);
    }
    const wrong: [Partial<Session>, Uint8Array[]][] = [
      [{}, [message(STDIN)]],
      [{ terminal: true }, [message(STDERR)]],
      [{}, [message(9)]],
    ];
    for (const [more, messages] of wrong) {
      const { client, runner, outcomes } = await join(more);
      for (const each of messages) runner.socket.send(each);
      await vi.waitFor(() => expect(client.closed()).toBeDefined(), SOON);
      expect(text(client.came[0] as Buffer)).toMatch(/does not keep to the protocol/);
      expect(outcomes).toEqual([{ how: 'failed' }]);
    }
  });

  it('accepts sessions up to its quotas, for each caller and for all', async () => {
    const { relay, admit, open } = await startRelay({ sessions: 4, sessionsEach: 2 });
    const first = admit();
    admit();
    const refusal = { code: 'too-many-requests', members: { limit: 2 } };
    expect(() => admit()).toThrow(expect.objectContaining(refusal));
    const client = await open(first.path);
    expect(() => admit()).toThrow(/you have 2 sessions.*end some, or wait a minute/);
    const other = admit({ principal: 'bob' });
    const third = await open(other.path, 'bob');
    // The URL of a runner belongs to a session that already counts.
    relay.serve(other.id, 'runner');
    admit({ principal: 'cyd' });
    expect(() => admit({ principal: 'cyd' })).toThrow(/there are 4 sessions/);
    third.socket.close();
    await vi.waitFor(() => expect(() => admit({ principal: 'cyd' })).not.toThrow(), SOON);
    client.socket.close();
    await vi.waitFor(() => expect(() => admit()).not.toThrow(), SOON);
  });

  it('has room again after an unused URL, and after a misused one', async () => {
    const hasty = await startRelay({ sessions: 1, ticketMs: 1 });
    hasty.admit();
    await vi.waitFor(() => expect(() => hasty.admit()).not.toThrow(), SOON);
    const { admit, port } = await startRelay({ sessions: 1 });
    const asked = get({ port, path: admit().path, headers: NO_KEY });
    await new Promise((settle) => asked.on('response', settle));
    expect(() => admit()).not.toThrow();
  });

  it('ends all connections at its stop, also those of clients that read nothing and of ended sessions', async () => {
    const { relay, join, connections } = await startRelay();
    const [over, open] = [await join(), await join()];
    for (const { client } of [over, open]) client.socket.pause();
    over.runner.socket.terminate();
    await vi.waitFor(() => expect(over.outcomes).toHaveLength(1), SOON);
    relay.stop();
    await vi.waitFor(async () => expect(await connections()).toBe(0), SOON);
    for (const { client } of [over, open]) client.socket.terminate();
  });

  it('keeps a side that reads nothing for long, in spite of all pings', async () => {
    const { relay, port, admit, open } = await startRelay({ pingMs: 5 });
    const { path, id, outcomes } = admit();
    const client = await open(path);
    const url = new URL(`ws://127.0.0.1:${port}${relay.serve(id, 'bob').path}`);
    const runner = await connect(url, SUBPROTOCOL, { headers: { 'x-principal': 'bob' } });
    client.socket.pause();
    const parts = 600;
    const sending = (async () => {
      for (let part = 0; part < parts; part += 1)
        await runner.send(message(STDOUT, Buffer.alloc(MOST_BYTES)));
      await runner.send(endMessage({ exitCode: 0 }));
      runner.close();
    })();
    await sleep(500);
    // The number of pings in an hour and a half.
    for (let asked = 0; asked < 1_000; asked += 1) client.socket.ping();
    await sleep(500);
    client.socket.resume();
    for await (const _ of runner.messages);
    await sending;
    await vi.waitFor(() => expect(client.closed()).toMatchObject({ code: 1000 }), SOON);
    expect([client.came.length, outcomes]).toEqual([parts + 1, [{ how: 'completed', exitCode: 0 }]]);
  });

  it('buffers little for a slow reader, and loses nothing', async () => {
    const { join } = await startRelay();
    const { client, runner } = await join();
    client.socket.pause();
    let taken = 0;
    const parts = 1_000;
    for (let part = 0; part < parts; part += 1) {
      const bytes = Buffer.alloc(MOST_BYTES);
      bytes.writeUInt32BE(part);
      runner.socket.send(message(STDOUT, bytes), () => {
        taken += 1;
      });
    }
    for (let before = -1; before !== taken; await sleep(300)) before = taken;
    // The buffers of the kernel for both connections, and a MiB.
    expect(taken * MOST_BYTES).toBeLessThan(32 * 2 ** 20);
    runner.socket.send(endMessage({ exitCode: 0 }));
    runner.socket.close();
    client.socket.resume();
    await vi.waitFor(() => expect(client.closed()).toMatchObject({ code: 1000 }), SOON);
    const order = client.came.slice(0, -1).map((bytes) => bytes.readUInt32BE(1));
    expect(order).toEqual(Array.from({ length: parts }, (_, part) => part));
  });
});

describe('a session message', () => {
  it('is decoded as it was encoded', () => {
    const end = fc.oneof(
      fc.record({ exitCode: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ detached: fc.constant(true as const) }),
      fc.record({ failed: fc.string({ unit: 'grapheme' }) }),
    );
    fc.assert(fc.property(end, (said) => void expect(endIn(endMessage(said).subarray(1))).toEqual(said)));
    const side = fc.integer({ min: 1, max: 65_535 });
    const size = fc.record({ columns: side, rows: side });
    fc.assert(
      fc.property(size, (said) => void expect(sizeIn(resizeMessage(said).subarray(1))).toEqual(said)),
    );
  });

  it('with other contents means a failure, or no size', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(endIn(bytes)).toHaveProperty('failed');
        expect(sizeIn(bytes)).toBeUndefined();
      }),
    );
    const any = fc.jsonValue();
    const status = fc.record({
      message: any,
      details: fc.oneof(any, fc.record({ causes: fc.oneof(any, fc.array(any)) })),
    });
    const asBytes = (said: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(said));
    fc.assert(
      fc.property(
        status,
        (said) => void expect(endIn(asBytes(said))).toEqual({ failed: expect.any(String) }),
      ),
      { examples: [[{ message: { toString: false }, details: { causes: [null] } }]] },
    );
    expect(
      endIn(asBytes({ details: { causes: [{ reason: 'ExitCode', message: { valueOf: 0 } }] } })),
    ).toEqual({
      failed: 'the session ended without a reason',
    });
  });
});
