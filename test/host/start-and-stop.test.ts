import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { test as base, expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Taskport } from '../../client/taskport.ts';
import { SUBPROTOCOL } from '../../lib/composition/session/channels.ts';
import { defined } from '../../lib/defined.ts';
import { archiveOf } from '../busybox.ts';
import { PATIENCE } from '../patience.ts';
import { parseOutput } from './output.ts';
import {
  commandsNaming,
  familyOf,
  freshDirectory,
  type Product,
  removeDirectory,
  startProduct,
  stillRunning,
} from './product.ts';

/** The tests start products and mostly wait, so they run side by side. Each ends the products that it started. */
const it = base.extend<{ start: (directory?: string, port?: string, args?: readonly string[]) => Product }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a test requests.
  start: async ({}, use) => {
    const started: { product: Product; directory: string }[] = [];
    await use((directory = freshDirectory(), port = '0', args) => {
      const product = startProduct(defined({ directory, port, args }));
      started.push({ product, directory });
      return product;
    });
    for (const { product, directory } of started) {
      product.signal('SIGKILL');
      await product.ended;
      removeDirectory(directory);
    }
  },
});
const test = it.concurrent;

const post = (url: string, path: string, body: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** A server on a random port. */
const listenAnywhere = async (): Promise<{ server: Server; port: number }> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

/** A port below the ephemeral range, so that no other process takes it before its use. */
const freePort = async (): Promise<number> => {
  for (;;) {
    const server = createServer().listen(randomInt(10_000, 30_000), '127.0.0.1');
    const isFree = await once(server, 'listening').catch(() => undefined);
    const { port = 0 } = (server.address() ?? {}) as Partial<AddressInfo>;
    server.close();
    if (isFree) return port;
  }
};

test('it prints its address, with the port of PORT, and answers from then on', async ({ start }) => {
  const port = await freePort();
  const product = start(freshDirectory(), String(port));
  expect(await product.listening()).toBe(`http://127.0.0.1:${port}`);
  const answer = await fetch(`http://127.0.0.1:${port}/v1/health`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
  expect(lines(product.output()).filter((line) => line.includes('listening'))).toHaveLength(1);
  expect(product.errors()).toBe('');
});

test.for(['http', '', '65536', '0x50'])(
  'PORT=%j is refused in one clear line, and leaves nothing behind',
  async (port, { start }) => {
    const directory = freshDirectory();
    const product = start(directory, port);
    expect(await product.ended).toBe(2);
    expect(lines(product.errors())).toEqual([`PORT is ${JSON.stringify(port)}, which is no port`]);
    expect(product.output()).toBe('');
    expect(existsSync(directory)).toBe(false);
  },
);

test('a port in use is refused in one clear line, and no process is left behind', async ({ start }) => {
  const { server, port } = await listenAnywhere();
  const directory = freshDirectory();
  const product = start(directory, String(port));
  expect(await product.ended).toBe(1);
  expect(lines(product.errors())).toEqual([`port ${port} is in use; set PORT to another`]);
  expect(product.output()).toBe('');
  expect(commandsNaming(directory)).toEqual([]);
  expect(existsSync(`${directory}/engines.pid`)).toBe(false);
  server.close();
});

test('data in TASKPORT_DATA survives a stop and another start', async ({ start }) => {
  const directory = freshDirectory();
  const first = start(directory);
  const url = await first.listening();
  await post(url, '/v1/locations', { name: 'jobs', kind: 'task' });
  const data = { base64: Buffer.from('#!/bin/sh\n').toString('base64') };
  const created = await post(url, '/v1/elements', { id: 'task://jobs/nightly', data });
  expect(created.status).toBe(201);
  expect(await first.stop()).toBe(0);

  const again = await start(directory).listening();
  const path = `${again}/v1/elements/task/jobs/nightly`;
  expect(await (await fetch(path)).json()).toEqual(await created.json());
  expect(await (await fetch(`${path}/data`)).text()).toBe('#!/bin/sh\n');
});

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s stops it cleanly, its children included',
  async (signal, { start }) => {
    const directory = freshDirectory();
    const product = start(directory);
    await product.listening();
    const family = familyOf(product.pid);
    expect(family).toHaveLength(3);
    expect(commandsNaming(directory)).toHaveLength(2);
    product.signal(signal);
    expect(await product.ended).toBe(0);
    expect(stillRunning(family)).toEqual([]);
    expect(existsSync(`${directory}/engines.pid`)).toBe(false);
    expect(product.errors()).toBe('');
  },
);

test('SIGTERM during the start also stops it cleanly', async ({ start }) => {
  const product = start();
  let family: number[] = [];
  await vi.waitFor(() => {
    family = familyOf(product.pid);
    // The loader of sources is a child as well, and starts before the product.
    const commands = execFileSync('ps', ['-o', 'command=', '-p', family.join()], { encoding: 'utf8' });
    expect(commands).toContain('engines-process');
  }, PATIENCE);
  expect(await product.stop()).toBe(0);
  expect(stillRunning(family)).toEqual([]);
});

/** Sends the head of a create, waits until the product has accepted it, and answers how to send the body. */
const beginCreate = async (url: string, body: string) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  const closed = new Promise<void>((settle) => socket.once('error', () => {}).once('close', () => settle()));
  const head = ['POST /v1/elements HTTP/1.1', 'host: localhost', 'content-type: application/json'];
  socket.write([...head, `content-length: ${body.length}`, 'expect: 100-continue', '', ''].join('\r\n'));
  await vi.waitFor(() => expect(answer).toContain('100 Continue'), PATIENCE);
  return {
    finish: () => socket.write(body),
    /** The answer by the time the connection is closed. */
    answer: () => closed.then(() => answer.slice(answer.lastIndexOf('HTTP/1.1'))),
  };
};

// A stop waits five seconds for a request body, which a busy test may exceed.
test('a stop answers open requests, and does not wait for incomplete ones', { retry: 3 }, async ({
  start,
}) => {
  const product = start();
  const url = await product.listening();
  await post(url, '/v1/locations', { name: 'jobs', kind: 'task' });
  const inHand = await beginCreate(url, '{"id":"task://jobs/in-hand"}');
  await beginCreate(url, '{"id":"task://jobs/abandoned"}');
  product.signal('SIGTERM');
  const answers = () =>
    fetch(`${url}/v1/health`).then(
      () => true,
      () => false,
    );
  await vi.waitFor(async () => expect(await answers()).toBe(false), PATIENCE);
  inHand.finish();
  expect(await inHand.answer()).toMatch(/^HTTP\/1\.1 201 /);
  expect(await product.ended).toBe(0);
});

test('a stop does not wait for a client that reads nothing of its session', async ({ start }) => {
  const product = start();
  const url = await product.listening();
  const taskport = new Taskport({ url });
  await taskport.locations.create({ name: 'images', kind: 'image' });
  await taskport.locations.create({ name: 'boxes', kind: 'executor' });
  const archive = await archiveOf({ file: 'x' });
  await taskport.elements.create({ id: 'image://images/base', data: { base64: archive.toString('base64') } });
  await taskport.runners.claim('boxes', { engine: 'one', runner: 'one', epoch: 0 });
  const executorId = 'executor://boxes/one';
  const id = `${executorId}/tasks/main`;
  const { handle } = await taskport.compositions.compose(executorId, {
    executor: {},
    bind: true,
    members: [
      { id: 'image://images/base', mount: { path: '/' } },
      { task: { name: 'main', spec: { process: { args: ['sh'] } } } },
    ],
  });
  await taskport.elements.report(executorId, id, {
    ...{ attempt: 1, state: 'running', at: new Date().toISOString() },
  });
  const asked = await post(url, `/v1/compositions/${handle}/sessions`, {
    ...{ id, kind: 'exec', args: ['sh'] },
  });
  const client = new WebSocket(((await asked.json()) as { url: string }).url, SUBPROTOCOL);
  await once(client, 'open');
  client.pause();
  product.signal('SIGTERM');
  expect(await product.ended).toBe(0);
  client.terminate();
});

// The stop waits five seconds for a request body, which a busy test may exceed.
test('a second signal ends the host although its stop waits', { retry: 3 }, async ({ start }) => {
  const product = start();
  const url = await product.listening();
  const family = familyOf(product.pid);
  await beginCreate(url, '{"id":"task://jobs/abandoned"}');
  const again = setInterval(() => product.signal('SIGINT'), 200);
  expect(await product.ended).toBe(130);
  clearInterval(again);
  await vi.waitFor(() => expect(stillRunning(family)).toEqual([]), PATIENCE);
});

test('if an engine ends by itself, the host reports that and ends', async ({ start }) => {
  const product = start();
  await product.listening();
  const family = familyOf(product.pid);
  process.kill(family.at(-1) as number, 'SIGKILL');
  expect(await product.ended).toBe(1);
  // A reader of the engine may report first that it does not answer.
  expect(product.errors()).toContain('ended unexpectedly');
  expect(stillRunning(family)).toEqual([]);
});

test('every event is one printed line, for any name of the element', async ({ start }) => {
  const product = start();
  const url = await product.listening();
  const id = `task://jobs/${'a.'.repeat(100)}:@+-`;
  await post(url, '/v1/locations', { name: 'jobs', kind: 'task' });
  await post(url, '/v1/elements', { id, metadata: { rw: { note: 'two\nlines' } } });
  await vi.waitFor(() => expect(parseOutput(product.output()).events).toHaveLength(2), PATIENCE);
  expect(
    lines(product.output())
      .slice(1)
      .map((line) => JSON.parse(line)['detail-type']),
  ).toEqual(['Location Created', 'Task Created']);
  expect(parseOutput(product.output()).events.at(-1)).toMatchObject({
    type: 'Task Created',
    id,
    detail: { eventId: expect.any(String), kind: 'task', location: 'jobs', revision: 1, actor: 'local' },
  });
});

test.for(['/etc/hostname', '/etc/hostname/below', '/sys/taskport'])(
  'TASKPORT_DATA=%s that is not writable is refused in one line with a remedy',
  async (directory) => {
    const product = startProduct({ directory, outputs: freshDirectory() });
    expect(await product.ended).toBe(1);
    expect(lines(product.errors())).toEqual([
      expect.stringMatching(
        /^no data can be kept in \S+ \(.+\); set TASKPORT_DATA to a directory that you may write to$/,
      ),
    ]);
    expect(product.output()).toBe('');
  },
);

test('an unknown option is refused, with a list of all options', async ({ start }) => {
  const product = start(freshDirectory(), '0', ['--no-runer']);
  expect(await product.ended).toBe(2);
  expect(product.errors()).toContain("'--no-runer'");
  for (const option of ['--no-runner', '--bare', '--json', 'PORT', 'TASKPORT_DATA'])
    expect(product.errors()).toContain(option);
});
