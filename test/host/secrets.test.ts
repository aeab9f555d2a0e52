/** Searches for the secrets of callers in everything that the product stores and prints. */

import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../../client/platform/message-socket.ts';
import type { BridgeEvent } from '../../infra/local/bus.ts';
import { clientConfig } from '../../infra/local/client-config.ts';
import type { Host } from '../../infra/local/host.ts';
import { message, STDERR, STDIN, SUBPROTOCOL } from '../../lib/composition/session/channels.ts';
import { defined } from '../../lib/defined.ts';
import { Composer, type Post } from '../composing.ts';
import { startHost } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import type { Answer } from '../taskport.ts';
import { digest, pathOf, sendAll, someArchive } from '../uploading.ts';

let host: Host;
const printed: string[] = [];
const events: BridgeEvent[] = [];

/** A secret that the search can recognise. */
const planted = (what: string): string => `${what}-${randomUUID()}`;
const secrets = {
  bearer: planted('bearer'),
  signature: planted('signature'),
  session: planted('session'),
  cookie: planted('cookie'),
  idempotencyKey: planted('key'),
  query: planted('query'),
  metadata: planted('metadata'),
  patched: planted('patched'),
  environment: planted('environment'),
  override: planted('override'),
  refusedMetadata: planted('refused-metadata'),
  refusedSpec: planted('refused-spec'),
  refusedJson: planted('refused-json'),
  refusedData: planted('refused-data'),
  typed: planted('typed'),
  shown: planted('shown'),
};
/** Signatures of requests and handles of compositions, from the answers. */
const signatures: string[] = [];
const handles: string[] = [];

const credentials = {
  authorization: `Bearer ${secrets.bearer}`,
  'x-amz-security-token': secrets.session,
  'x-amz-signature': secrets.signature,
  cookie: `session=${secrets.cookie}`,
};

const call = async (method: string, path: string, body?: object | string, more = {}): Promise<Answer> => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await fetch(`${host.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...credentials,
      ...defined({ 'content-type': body === undefined ? undefined : type }),
      ...more,
    },
    ...defined({
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  const told = text + (response.headers.get('location') ?? '');
  signatures.push(...[...told.matchAll(/X-Amz-Signature=([0-9a-f]{64})/g)].map(([, found]) => found ?? ''));
  handles.push(...[...told.matchAll(/"handle":"([^"]+)"/g)].map(([, found]) => found ?? ''));
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
};
const done = async (status: number, ...asked: Parameters<typeof call>): Promise<Answer['body']> => {
  const answer = await call(...asked);
  expect({ asked, ...answer }).toMatchObject({ status });
  return answer.body;
};

/** Opens a session with a task: its input and output go through the relay. */
const talkTo = async (id: string, handle: string): Promise<void> => {
  const runner = '/v1/locations/executor/runner';
  const { epoch } = await done(200, 'POST', `${runner}/claim`, { engine: 'e', runner: 'r', epoch: 0 });
  const report = { attempt: 1, state: 'running', at: new Date().toISOString() };
  await done(201, 'POST', `${pathOf('executor://executor/box')}/tasks/task/job/reports`, report);
  const asked = { id, kind: 'exec', args: ['sh'], terminal: true };
  const { url, session } = await done(201, 'POST', `/v1/compositions/${handle}/sessions`, asked);
  const client = await connect(new URL(url), SUBPROTOCOL, {});
  await client.send(message(STDIN, Buffer.from(secrets.typed)));
  const served = await done(200, 'POST', `${runner}/sessions`, { session, epoch });
  const machine = await connect(new URL(served.url), SUBPROTOCOL, {});
  for await (const bytes of machine.messages) {
    expect(Buffer.from(bytes.subarray(1)).toString()).toBe(secrets.typed);
    break;
  }
  // An error of the session must not contain it either.
  await client.send(message(STDERR, Buffer.from(secrets.shown)));
  await client.closed;
};

const useIt = async (): Promise<void> => {
  for (const kind of ['image', 'task', 'executor'])
    await done(201, 'POST', '/v1/locations', { name: kind, kind });
  const key = { 'idempotency-key': secrets.idempotencyKey };
  const task = {
    id: 'task://task/job',
    metadata: { ro: { owner: secrets.metadata }, rw: { note: secrets.metadata } },
    spec: { process: { args: ['/bin/true'], env: [{ name: 'PASSWORD', value: secrets.environment }] } },
  };
  for (const _ of ['first', 'again']) await done(201, 'POST', '/v1/elements', task, key);
  await done(422, 'POST', '/v1/elements', { ...task, id: 'task://task/other' }, key);
  await done(200, 'PATCH', pathOf(task.id), { metadata: { rw: { note: secrets.patched } } });
  await done(200, 'GET', `/v1/elements?kind=task&location=task&filter=name^=${secrets.query}`);
  await done(400, 'GET', `${pathOf(task.id)}?token=${secrets.query}`);
  // Requests that are refused.
  await done(422, 'POST', '/v1/elements', {
    id: 'task://task/refused',
    metadata: { rw: { '-': secrets.refusedMetadata } },
  });
  await done(400, 'POST', '/v1/elements', {
    id: 'task://task/refused',
    spec: { process: { password: secrets.refusedSpec }, annotations: { a: 1, b: secrets.refusedSpec } },
  });
  await done(400, 'POST', '/v1/elements', `{"id": "${secrets.refusedJson}`);
  const base64 = Buffer.from(secrets.refusedData).toString('base64');
  await done(415, 'POST', '/v1/elements', { id: 'image://image/refused', data: { base64 } });
  // Signed requests for upload and download.
  const bytes = await someArchive();
  const image = { size: bytes.length, checksum: digest('sha256', bytes), data: { upload: true } };
  const { upload } = await done(201, 'POST', '/v1/elements', { id: 'image://image/root', ...image });
  await sendAll(upload.requests, bytes);
  await done(200, 'GET', `${pathOf('image://image/root')}/data/upload`);
  await done(202, 'POST', `${pathOf('image://image/root')}/data/complete`);
  await vi.waitFor(
    async () =>
      expect(await done(200, 'GET', pathOf('image://image/root'))).toMatchObject({ state: 'ready' }),
    PATIENCE,
  );
  await done(307, 'GET', `${pathOf('image://image/root')}/data`);
  // A task of that composition.
  const post: Post = (path, body) => call('POST', path, body);
  await done(201, 'POST', '/v1/elements', { id: 'executor://executor/box' });
  const composer = await new Composer(post, 'executor://executor/box').open();
  await composer.mount('image://image/root', '/');
  const env = [{ name: 'TOKEN', value: secrets.override }];
  await composer.join(task.id, { overrides: { process: { env } } });
  await composer.bind();
  await done(200, 'GET', `/v1/compositions/${composer.handle}/plan?target=oci`);
  await talkTo(task.id, composer.handle);
  const isTold = async () => {
    const types = events.map((event) => event['detail-type']);
    expect(types).toEqual(expect.arrayContaining(['Task Bound', 'Session Began', 'Session Ended']));
    const { items } = await done(200, 'GET', '/v1/events?limit=1000');
    expect(JSON.stringify(items)).toContain('Session Ended');
  };
  await vi.waitFor(isTold, PATIENCE);
  await done(200, 'GET', `${pathOf(task.id)}/audit`);
};

/** Every row of every table as text, with decoded bytes. */
const readTables = async (): Promise<Record<string, string>> => {
  const client = new DynamoDBClient(clientConfig(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''));
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const texts: Record<string, string> = {};
  for (const TableName of TableNames) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    texts[TableName] = JSON.stringify(
      Items.map((item) => unmarshall(item)),
      (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value),
    );
  }
  client.destroy();
  return texts;
};

let tables: Record<string, string>;
beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...said) => void printed.push(said.map(String).join(' ')));
  }
  // The lines that functions print on Lambda.
  vi.stubEnv('TASKPORT_TELEMETRY', 'on');
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((said) => {
      printed.push(String(said));
      return true;
    });
  }
  host = await startHost({ port: 0, onEvent: (event) => events.push(event) });
  await useIt();
  tables = await readTables();
});
afterAll(async () => {
  await host.stop();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const { metadata, patched, environment, override, idempotencyKey, ...never } = secrets;
const findIn = (text: string, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => (text.includes(value) ? [name] : []));

test('the search covers all stores and outputs', () => {
  expect(Object.keys(tables).sort()).toEqual(['taskport', 'taskport-log']);
  for (const told of ['Task Bound', 'Session Began', 'Session Ended'])
    expect(tables['taskport-log']).toContain(`"${told}\\`);
  expect(printed.join('\n')).toContain('"message":"call"');
  expect(new Set(signatures).size).toBeGreaterThan(1);
});

test('credentials, query strings and refused requests are stored nowhere', () => {
  expect(findIn(tables.taskport ?? '', never)).toEqual([]);
});

test('metadata and specifications are stored only with their elements, and a key only with its request', () => {
  expect(findIn(tables.taskport ?? '', { metadata, patched, environment, override, idempotencyKey })).toEqual(
    ['metadata', 'patched', 'environment', 'override', 'idempotencyKey'],
  );
});

test.each<[string, () => string]>([
  ['the log of events and the audit trail', () => tables['taskport-log'] ?? ''],
  ['the events of the bus', () => JSON.stringify(events)],
  ['what the functions print', () => printed.join('\n')],
])('none of the secrets is in %s', (_, text) => {
  expect(findIn(text(), secrets)).toEqual([]);
});

test('handles of compositions are stored nowhere', () => {
  expect(new Set(handles).size).toBeGreaterThan(3);
  const everything = [...Object.values(tables), JSON.stringify(events), ...printed].join('\n');
  expect(handles.filter((handle) => everything.includes(handle))).toEqual([]);
});

test('signatures of requests are stored nowhere', () => {
  const everything = [...Object.values(tables), JSON.stringify(events), ...printed].join('\n');
  expect(signatures.filter((signature) => everything.includes(signature))).toEqual([]);
  expect(everything).not.toMatch(/X-Amz-(Signature|Credential)/i);
});
