import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import {
  base64,
  bodyOf,
  expectInvalid,
  expectProblem,
  makeLocations,
  pathOf,
  tagAt,
  waysIn,
} from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'task', 'image', { name: 'counted', kind: 'volume', capacity: 100 });
});
afterAll(() => taskport.stop());

let keys = 0;
const freshKey = (): string => `key-${keys++}`;
const post = (path: string, body: object, key: string, as?: string) => {
  const call = { body, headers: { 'idempotency-key': key } };
  return as ? taskport.callAs(as, 'POST', path, call) : taskport.call('POST', path, call);
};
const create = (body: object, key: string, as?: string) => post('/v1/elements', body, key, as);
const replayed = ({ headers }: { headers: Headers }) => headers.get('idempotency-replayed');

describe('a create repeated with its Idempotency-Key', () => {
  it.each([
    ['alone', { id: 'task://task/alone' }],
    ['with data', { id: 'task://task/data', data: base64(Buffer.from('x')) }],
    ['under a parent', { id: 'image://image/child', parentId: 'image://image/base' }],
    ['where space is counted', { id: 'volume://counted/a', freeSpace: 60 }],
    ['pending', { id: 'task://task/pending', data: { upload: true } }],
  ])('answers the same and does nothing: %s', async (_, body) => {
    if ('parentId' in body) await create({ id: body.parentId }, freshKey());
    const key = freshKey();
    const first = await create(body, key);
    expect([first.status, replayed(first)]).toEqual([201, null]);
    const second = await create(body, key);
    expect([second.status, replayed(second)]).toEqual([201, 'true']);
    expect(second.body).toEqual(first.body);
    for (const name of ['location', 'etag']) expect(second.headers.get(name)).toBe(first.headers.get(name));
  });

  it('shows the present state', async () => {
    const [key, body] = [freshKey(), { id: 'task://task/moving' }];
    await create(body, key);
    const change = { metadata: { rw: { a: 'b' } } };
    const changed = await bodyOf(taskport.call('PATCH', pathOf(body.id), { body: change }), 200);
    const again = await create(body, key);
    expect([again.status, again.body]).toEqual([201, changed]);
    expect(again.headers.get('etag')).toMatch(tagAt(2));
  });

  it('creates nothing again after a delete', async () => {
    const [key, body] = [freshKey(), { id: 'task://task/deleted' }];
    await create(body, key);
    await bodyOf(taskport.call('DELETE', pathOf(body.id)), 204);
    expectProblem(await create(body, key), 404, 'not-found', { id: body.id });
    expectProblem(await taskport.call('GET', pathOf(body.id)), 404, 'not-found');
    expect((await create(body, freshKey())).status).toBe(201);
  });

  it('happens once for many concurrent callers', async () => {
    const [key, body] = [freshKey(), { id: 'volume://counted/raced', freeSpace: 40 }];
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(body, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
  });

  it('is answered even if the request would be refused now', async () => {
    await makeLocations(taskport, { name: 'closing', kind: 'task' });
    const [key, body] = [freshKey(), { id: 'task://closing/a' }];
    const first = await create(body, key);
    const policy = { policy: 'read-only' };
    await bodyOf(taskport.call('PATCH', '/v1/locations/closing', { body: policy }), 200);
    expect((await create(body, key)).body).toEqual(first.body);
    expectProblem(await create(body, freshKey()), 403, 'invalid-location');
  });

  it('is answered to a caller who may create, even without read', async () => {
    const writer = 'arn:aws:iam::123456789012:role/writer';
    const grants = [
      { principal: writer, actions: ['create'] },
      { principal: 'local', actions: ['admin'] },
    ];
    await makeLocations(taskport, { name: 'dropbox', kind: 'task', grants });
    const [key, body] = [freshKey(), { id: 'task://dropbox/a' }];
    const first = await create(body, key, writer);
    const second = await create(body, key, writer);
    expect([second.status, second.body]).toEqual([201, first.body]);
  });
});

describe('an Idempotency-Key', () => {
  it('that was used for another request is refused', async () => {
    const key = freshKey();
    await create({ id: 'task://task/one' }, key);
    for (const body of [
      { id: 'task://task/two' },
      { id: 'task://task/one', metadata: { ro: { a: 'b' } } },
      { id: 'image://image/child-2', parentId: 'image://image/base' },
    ]) {
      expectProblem(await create(body, key), 422, 'idempotency-mismatch');
    }
    const location = { name: 'mismatched', kind: 'task' };
    expectProblem(await post('/v1/locations', location, key), 422, 'idempotency-mismatch');
    expectProblem(await taskport.call('GET', pathOf('task://task/two')), 404, 'not-found');
    expectProblem(await taskport.call('GET', '/v1/locations/mismatched'), 404, 'unknown-location');
  });

  it('belongs to its principal', async () => {
    const key = freshKey();
    const [a, b] = ['a', 'b'].map((name) => `arn:aws:iam::123456789012:role/${name}`) as [string, string];
    const body = { id: 'task://task/owned' };
    expect((await create(body, key, a)).status).toBe(201);
    expectProblem(await create(body, key, b), 409, 'name-collision');
    const other = await create({ id: 'task://task/owned-too' }, key, b);
    expect([other.status, replayed(other)]).toEqual([201, null]);
    const session = 'arn:aws:sts::123456789012:assumed-role/a/session-7';
    expect(replayed(await create(body, key, session))).toBe('true');
  });

  it('is free again after a failed request', async () => {
    const key = freshKey();
    expectProblem(await create({ id: 'task://nowhere/a' }, key), 404, 'unknown-location');
    expectProblem(await create({ id: 'task://task/one' }, key), 409, 'name-collision');
    expect((await create({ id: 'task://task/after-failures' }, key)).status).toBe(201);
  });

  it('creates a location once', async () => {
    const [key, body] = [freshKey(), { name: 'once', kind: 'image', capacity: 10 }];
    const first = await post('/v1/locations', body, key);
    const second = await post('/v1/locations', body, key);
    expect([first.status, replayed(first), second.status, replayed(second)]).toEqual([
      201,
      null,
      201,
      'true',
    ]);
    expect(second.body).toEqual(first.body);
    expectProblem(await post('/v1/locations', { ...body, capacity: 11 }, key), 422, 'idempotency-mismatch');
    expectProblem(await post('/v1/locations', body, freshKey()), 409, 'name-collision');
  });

  it('has 1 to 255 visible characters', async () => {
    for (const [, call] of waysIn(taskport)) {
      for (const key of ['a b', 'x'.repeat(256)]) {
        const headers = { 'idempotency-key': key };
        const body = { id: 'task://task/weird-key' };
        expectInvalid(await call('POST', '/v1/elements', { body, headers }), 'Idempotency-Key');
      }
    }
    for (const key of ['', 'schlüssel']) {
      expectInvalid(await create({ id: 'task://task/weird-key' }, key), 'Idempotency-Key');
    }
    expectProblem(await taskport.call('GET', pathOf('task://task/weird-key')), 404, 'not-found');
    expect((await create({ id: 'task://task/long-key' }, '~'.repeat(255))).status).toBe(201);
  });
});
