import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ProblemError } from '../../client/problem-error.ts';
import { Taskport } from '../../client/taskport.ts';
import { UnreachableError } from '../../lib/unreachable-error.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
let proxy: FaultProxy;
let taskport: Taskport;
beforeAll(async () => {
  api = await serveApi();
  proxy = await startFaultProxy(api.url);
  taskport = new Taskport({ url: proxy.url, patience: { firstDelayMs: 5 } });
  await taskport.locations.create({ name: 'tasks', kind: 'task' });
  await taskport.locations.create({ name: 'executors', kind: 'executor' });
});
afterAll(async () => {
  await proxy.stop();
  await api.stop();
});
beforeEach(() => proxy.clear());

const posts = () => proxy.requests.filter(({ method }) => method === 'POST');

describe('a call with a lost answer', () => {
  it('is repeated, and creates its element once', async () => {
    proxy.swallow(({ method }) => method === 'POST');
    const made = await taskport.elements.create({ id: 'task://tasks/lost', metadata: { rw: { a: '1' } } });
    expect(made).toMatchObject({ id: 'task://tasks/lost', revision: 1 });
    expect(posts()).toHaveLength(2);
  });

  it('does not join twice', async () => {
    await taskport.elements.create({ id: 'executor://executors/one' });
    await taskport.elements.create({ id: 'task://tasks/joined', spec: { process: { args: ['/bin/true'] } } });
    const { handle } = await taskport.compositions.open('executor://executors/one');
    proxy.swallow(({ path }) => path.endsWith('/join'));
    const joined = await taskport.compositions.join(handle, { id: 'task://tasks/joined' });
    expect(joined.composition.members).toHaveLength(1);
    await taskport.compositions.leave(joined.handle, 'task://tasks/joined');
  });

  it('deletes, even if the repeat finds nothing', async () => {
    await taskport.elements.create({ id: 'task://tasks/gone' });
    proxy.swallow(({ method }) => method === 'DELETE');
    await taskport.elements.delete('task://tasks/gone');
    await expect(taskport.elements.delete('task://tasks/gone')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is not repeated if it is conditional on a revision, because its own effect would fail the condition', async () => {
    const { etag: ifMatch } = await taskport.elements.create({ id: 'task://tasks/changed' });
    proxy.swallow(({ method }) => method === 'PATCH');
    const patch = { metadata: { rw: { a: '2' } } };
    const change = taskport.elements.update('task://tasks/changed', patch, { ifMatch });
    await expect(change).rejects.toBeInstanceOf(UnreachableError);
    expect(await taskport.elements.read('task://tasks/changed')).toMatchObject({ revision: 2 });
    await expect(taskport.elements.update('task://tasks/changed', patch, { ifMatch })).rejects.toMatchObject({
      code: 'revision-mismatch',
      problem: { revision: 2 },
    });
  });

  it('is given up after a while', async () => {
    proxy.refuse(() => true, { times: 100 });
    const failing = taskport.locations.read('tasks');
    await expect(failing).rejects.toBeInstanceOf(UnreachableError);
    await expect(failing).rejects.toThrow(proxy.url);
    expect(proxy.requests).toHaveLength(5);
  });

  it('ends when its caller aborts', async () => {
    proxy.refuse(() => true, { times: 100 });
    const patient = new Taskport({ url: proxy.url, patience: { attempts: 1_000, firstDelayMs: 20 } });
    const abort = new AbortController();
    const reading = patient.locations.read('tasks', { signal: abort.signal });
    reading.catch(() => {});
    await expect.poll(() => proxy.requests.length).toBeGreaterThan(1);
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('a refusal', () => {
  it('keeps its code, its detail and its members', async () => {
    const refused = taskport.elements.create({
      id: 'task://tasks/x',
      // @ts-expect-error arguments are texts
      spec: { process: { args: 7 } },
    });
    await expect(refused).rejects.toBeInstanceOf(ProblemError);
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'invalid-request',
      problem: { issues: [{ path: 'spec.process.args' }] },
    });
    expect(posts()).toHaveLength(1);
  });
});

/** A server with these answers, one after another. */
const answering = async (...answers: [status: number, headers: Record<string, string>, body: string][]) => {
  const asked: { headers: Record<string, unknown>; at: number }[] = [];
  const server: Server = createServer((request, response) => {
    asked.push({ headers: request.headers, at: performance.now() });
    const [status, headers, body] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, {}, ''];
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const OK: [number, Record<string, string>, string] = [200, {}, '{"name": "tasks"}'];

describe('a busy service or gateway', () => {
  it.each([429, 502, 503, 504])('is called again: %i', async (status) => {
    const { url, asked } = await answering([status, {}, '{"message": "Too Many Requests"}'], OK);
    const client = new Taskport({ url, patience: { firstDelayMs: 1 } });
    expect(await client.locations.read('tasks')).toMatchObject({ name: 'tasks' });
    expect(asked).toHaveLength(2);
  });

  it('is not called sooner than it asks', async () => {
    const { url, asked } = await answering([503, { 'retry-after': '1' }, ''], OK);
    await new Taskport({ url, patience: { firstDelayMs: 1 } }).locations.read('tasks');
    expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('gets the same key for all tries, and others get other keys', async () => {
    const { url, asked } = await answering([503, {}, ''], OK);
    const client = new Taskport({ url, patience: { firstDelayMs: 1 } });
    await client.locations.create({ name: 'tasks', kind: 'task' });
    await client.locations.create({ name: 'tasks', kind: 'task' });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[1]);
  });

  it('is reported even without a problem document', async () => {
    const { url } = await answering([403, {}, '{"message": "Forbidden"}']);
    await expect(new Taskport({ url }).locations.read('tasks')).rejects.toThrow(
      'the answer was 403: Forbidden',
    );
  });
});

describe('the caller', () => {
  it('uses a token, which is requested again for each try', async () => {
    const { url, asked } = await answering([503, {}, ''], OK);
    let count = 0;
    const token = async () => `token-${++count}`;
    await new Taskport({ url, token, patience: { firstDelayMs: 1 } }).locations.read('tasks');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('uses signatures with the credentials of the environment', async () => {
    const { url, asked } = await answering(OK);
    await new Taskport({ url, auth: 'iam' }).elements.update('task://tasks/a', {
      metadata: { rw: { a: 'b' } },
    });
    const headers = asked[0]?.headers ?? {};
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=S3RVER\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
  });
});
