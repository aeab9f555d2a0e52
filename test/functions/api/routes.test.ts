import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, tagAt, waysIn } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task');
});
afterAll(() => taskport.stop());

describe('an unknown path', () => {
  it.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/elements/',
    '/v1/elements/task/task',
    '/v1/elements/task/task/',
    '/v1/elements/task/task/a/',
    '/v1/elements/task/task/a/b',
    '/v1/elements/task/task/a/data/b',
    '/v1//locations',
    '/v1/locations/',
    '/v1/locations/task/elements',
    '/V1/locations',
    '/v1/elements/task/task/..',
    '/v1/elements/task/task/%2e%2e',
    '/v1/elements/task/task/%2E./x',
    '/v1/elements/task/task/a/%2e%2e',
    '/v1/elements/task/task/a%2Fb',
    '/v1/elements/task/task/..%2F..%2Fa',
    '/v1/locations/a%2fb',
    '/v1/locations/..%2Fhealth%2F',
  ])('is an unknown route: %s', async (path) => {
    for (const [, call] of waysIn(taskport)) {
      expectProblem(await call('GET', path), 404, 'unknown-route');
    }
  });
});

describe('a method that a path does not support', () => {
  it.each([
    ['DELETE', '/v1/locations', 'GET, POST'],
    ['PUT', '/v1/locations/task', 'GET, PATCH, DELETE'],
    ['PATCH', '/v1/elements', 'GET, POST'],
    ['POST', '/v1/elements/task/task/a', 'GET, PATCH, DELETE'],
    ['DELETE', '/v1/elements/task/task/a/data', 'GET, PUT'],
    ['POST', '/v1/elements/task/task/a/lineage', 'GET'],
    ['POST', '/v1/health', 'GET'],
    ['OPTIONS', '/v1/elements', 'GET, POST'],
  ])('is answered with the supported methods: %s %s', async (method, path, allow) => {
    for (const [, call] of waysIn(taskport)) {
      const answer = await call(method, path);
      expectProblem(answer, 405, 'method-not-allowed', { allowed: allow.split(', ') });
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  it('does not include HEAD where GET exists', async () => {
    const answer = await taskport.call('HEAD', '/v1/locations/task');
    expect([answer.status, answer.body]).toEqual([200, undefined]);
    expect(answer.headers.get('etag')).toMatch(tagAt(1));
    expect((await taskport.call('HEAD', '/v1/locations/nowhere')).status).toBe(404);
  });
});

describe('a path with an invalid name', () => {
  it.each([
    ['an unknown kind', 'container/task/a'],
    ['no DNS label', 'task/Task/a'],
    ['a name that begins with a dot', 'task/task/.hidden'],
    ['an encoded backslash', 'task/task/a%5Cb'],
    ['an encoded climb by backslashes', 'task/task/..%5C..%5Ca'],
    ['an encoded hash', 'task/task/plain%23x'],
    ['an encoded percent sign', 'task/task/plain%25'],
    ['NUL', 'task/task/a%00b'],
    ['what is not ASCII', 'task/task/%C3%A4'],
    ['a broken escape', 'task/task/a%zz'],
    ['an escape cut off', 'task/task/a%'],
    ['bytes that are no UTF-8', 'task/task/a%ff'],
    ['an escape of an escape', 'task/task/a%2541'],
    ['a space', 'task/task/a%20b'],
    ['a name of 256 characters', `task/task/${'a'.repeat(256)}`],
    ['a location of 2,000 characters', `task/${'a'.repeat(2_000)}/a`],
    ['a prototype', '__proto__/constructor/toString'],
  ])('is refused by name: %s', async (_, path) => {
    for (const [, call] of waysIn(taskport)) {
      for (const tail of ['', '/data', '/lineage', '/children', '/references']) {
        expectInvalid(await call('GET', `/v1/elements/${path}${tail}`), 'path');
      }
      expectInvalid(await call('PATCH', `/v1/elements/${path}`, { body: {} }), 'path');
      expectInvalid(await call('DELETE', `/v1/elements/${path}`), 'path');
    }
  });

  it.each(['Task', '-a', '%00', 'a%23b', 'a%5Cb', '%C3%A4', '%zz', 'a.b', 'a'.repeat(64), 'a'.repeat(2_000)])(
    'is refused by name: location %s',
    async (name) => {
      for (const [, call] of waysIn(taskport)) {
        expectInvalid(await call('GET', `/v1/locations/${name}`), 'path');
        expectInvalid(await call('PATCH', `/v1/locations/${name}`, { body: {} }), 'path');
        expectInvalid(await call('DELETE', `/v1/locations/${name}`), 'path');
      }
    },
  );

  it('may use unnecessary escapes', async () => {
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id: 'task://task/plain@1' } }), 201);
    for (const [, call] of waysIn(taskport)) {
      for (const name of ['plain@1', 'plain%401', '%70lain%40%31']) {
        expect((await call('GET', `/v1/elements/task/task/${name}`)).body.name).toBe('plain@1');
      }
    }
  });
});

describe('every answer', () => {
  it('has the ID of its request', async () => {
    const ids = new Set<string | null>();
    for (const [, call] of waysIn(taskport)) {
      for (const path of ['/v1/health', '/v1/locations', '/v1/locations/nowhere', '/nowhere']) {
        ids.add((await call('GET', path)).headers.get('x-request-id'));
      }
    }
    expect([...ids].filter((id) => /^[0-9a-f-]{36}$/.test(id ?? ''))).toHaveLength(8);
  });

  it('is logged in one line: caller, request, outcome and trace', async () => {
    const lines: string[] = [];
    const app = createApp(taskport.dependencies, {
      localPrincipal: 'local',
      log: (line) => lines.push(line),
    });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const answer = await app.request('/v1/locations/nowhere?x=secret', { headers });
    await app.request('/v1/health', { headers: { traceparent: 'made up\n' } });
    const [line, health] = lines.map((text) => JSON.parse(text));
    expect(line).toMatchObject({
      level: 'INFO',
      message: 'call',
      requestId: answer.headers.get('x-request-id'),
      traceId,
      principal: 'local',
      operation: 'GET /v1/locations/{location}',
      status: 404,
      code: 'unknown-location',
      milliseconds: expect.any(Number),
    });
    expect(health).toMatchObject({ operation: 'GET /v1/health', status: 200 });
    expect(health).not.toHaveProperty('traceId');
    expect(health).not.toHaveProperty('code');
    expect(lines).toHaveLength(2);
  });

  it('of a healthy API is open to everybody', async () => {
    for (const [, call] of waysIn(taskport)) {
      expect(await bodyOf(call('GET', '/v1/health'), 200)).toEqual({ status: 'ok' });
    }
  });
});
