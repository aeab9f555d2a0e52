/** Answers to changes for a caller who may make the change, but not read what others wrote. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../composing.ts';
import { digest, sendAll, someArchive } from '../../uploading.ts';
import { bodyOf, caller, expectProblem, makeLocations, pathOf } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const RIGHTS = ['create', 'read', 'write', 'delete', 'compose', 'execute', 'admin'];
const SECRET = { metadata: { rw: { note: 'of somebody else' } } };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const grants = [
    { principal: role('creator'), actions: ['create'] },
    { principal: role('writer'), actions: ['write'] },
    { principal: role('reader'), actions: ['read'] },
    { principal: role('both'), actions: ['create', 'read'] },
    { principal: 'local', actions: RIGHTS },
  ];
  await makeLocations(
    stage,
    ...['task', 'volume'].map((kind) => ({ name: `guarded-${kind}`, kind, grants })),
  );
});
afterAll(() => stage.stop());

let made = 0;
const fresh = (kind = 'task'): string => `${kind}://guarded-${kind}/e${++made}`;
const as = (name: string) => caller(stage, role(name));
const create = (by: string, body: object, key: string) =>
  as(by)('POST', '/v1/elements', { body, headers: { 'idempotency-key': key } });
const change = (id: string, body: object = SECRET) => bodyOf(stage.call('PATCH', pathOf(id), { body }), 200);
const expectNothingOfOthers = (body: object): void => {
  expect(JSON.stringify(body)).not.toContain('somebody else');
  expect(body).not.toHaveProperty('tasks');
};

describe('a create repeated with its key', () => {
  it('shows a caller who may only create the values of its request, even after changes by others', async () => {
    const body = {
      id: fresh(),
      metadata: { ro: { os: 'linux' }, rw: { tag: 'a' } },
      spec: { annotations: { a: 'b' } },
    };
    const first = await create('creator', body, 'said');
    await change(body.id);
    await change(body.id, { spec: { annotations: { a: 'of somebody else' } } });
    const again = await create('creator', body, 'said');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expectNothingOfOthers(again.body);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    const { spec: _, ...said } = first.body;
    expect(again.body).toEqual(said);
  });

  it('shows the present state to a caller who may read', async () => {
    const body = { id: fresh() };
    await create('both', body, 'both');
    await change(body.id);
    expect((await create('both', body, 'both')).body).toMatchObject({ revision: 2, ...SECRET });
  });

  it('does not show another element of that name', async () => {
    const body = { id: fresh() };
    await create('creator', body, 'gone');
    await bodyOf(stage.call('DELETE', pathOf(body.id)), 204);
    await bodyOf(stage.post('/v1/elements', { ...body, ...SECRET }), 201);
    expectProblem(await create('creator', body, 'gone'), 404, 'not-found', { id: body.id });
  });

  it('signs requests only for the caller who may send the data', async () => {
    const [bytes, other] = [await someArchive(), await someArchive(900)];
    const what = (data: Uint8Array) => ({ size: data.length, checksum: digest('sha256', data) });
    const body = { id: fresh('volume'), ...what(bytes), data: { upload: true } };
    const first = await create('both', body, 'awaited');
    await sendAll((await create('both', body, 'awaited')).body.upload.requests, bytes);
    const grants = [{ principal: role('both'), actions: ['read'] }];
    const { grants: former } = await bodyOf(stage.call('GET', '/v1/locations/guarded-volume'), 200);
    const regrant = (list: object) =>
      bodyOf(stage.call('PATCH', '/v1/locations/guarded-volume', { body: { grants: list } }), 200);
    await regrant(grants);
    const lost = await create('both', body, 'awaited');
    expect([lost.status, lost.body.id, lost.body.upload]).toEqual([201, body.id, undefined]);
    await regrant(former);
    expect(first.body.upload.requests).toHaveLength(1);
    const there = { id: fresh('volume'), data: { base64: Buffer.from(bytes).toString('base64') } };
    await create('creator', there, 'replaced');
    await bodyOf(stage.post(`${pathOf(there.id)}/data/upload`, what(other)), 201);
    expect((await create('creator', there, 'replaced')).body).not.toHaveProperty('upload');
  });
});

describe('an answer to a change', () => {
  const receipt = [
    ...['id', 'kind', 'location', 'name', 'state', 'revision'],
    ...['createdAt', 'createdBy', 'modifiedAt', 'modifiedBy'],
  ].sort();
  const keysOf = async (answer: ReturnType<ReturnType<typeof as>>, status: number): Promise<string[]> => {
    const { status: actual, body, headers } = await answer;
    expect({ status: actual, body }).toMatchObject({ status });
    expectNothingOfOthers(body);
    expect(headers.get('etag')).toMatch(/"/);
    return Object.keys(body).sort();
  };

  it('to metadata confirms the change to a caller who may only write', async () => {
    const id = fresh();
    await bodyOf(stage.post('/v1/elements', { id, ...SECRET }), 201);
    for (const body of [{}, { metadata: { rw: { mine: 'x' } } }])
      expect(await keysOf(as('writer')('PATCH', pathOf(id), { body }), 200)).toEqual(receipt);
    expect(await bodyOf(as('reader')('GET', pathOf(id)), 200)).toMatchObject({
      metadata: { rw: { mine: 'x', note: 'of somebody else' } },
    });
  });

  it('to data confirms it to a caller who may only create, or only write', async () => {
    const bytes = await someArchive();
    const awaited = { id: fresh(), ...SECRET, data: { upload: true } };
    await bodyOf(stage.post('/v1/elements', awaited), 201);
    const put = as('creator')('PUT', `${pathOf(awaited.id)}/data`, { raw: bytes });
    expect(await keysOf(put, 200)).toEqual(receipt);
    // For data that is already there, the same answer.
    expect(await keysOf(as('writer')('POST', `${pathOf(awaited.id)}/data/complete`), 200)).toEqual(receipt);
    const id = fresh('volume');
    const data = { base64: Buffer.from(bytes).toString('base64') };
    await bodyOf(stage.post('/v1/elements', { id, ...SECRET, data }), 201);
    const body = { size: bytes.length, checksum: digest('sha256', bytes) };
    const headers = { 'idempotency-key': 'replace' };
    for (const _ of ['once', 'again']) {
      const replaced = as('writer')('POST', `${pathOf(id)}/data/upload`, { body, headers });
      expect(await keysOf(replaced, 201)).toEqual([...receipt, 'upload'].sort());
    }
  });

  it('to associated tasks confirms the change to a caller who may only write', async () => {
    const [id, mine, theirs] = [fresh('volume'), await stage.make('task'), await stage.make('task')];
    await bodyOf(stage.post('/v1/elements', { id, ...SECRET }), 201);
    await bodyOf(
      stage.call('PUT', `${pathOf(id)}${pathOf(theirs).replace('/v1/elements/task/', '/tasks/')}`),
      200,
    );
    const path = `${pathOf(id)}${pathOf(mine).replace('/v1/elements/task/', '/tasks/')}`;
    expect(await keysOf(as('writer')('PUT', path), 200)).toEqual(receipt);
  });
});

it('a location with a new owner is shown to its creator as it was created', async () => {
  const body = { name: 'handed-on', kind: 'executor', grants: [] };
  const ask = () => as('founder')('POST', '/v1/locations', { body, headers: { 'idempotency-key': 'found' } });
  const first = await ask();
  expect((await ask()).body).toEqual(first.body);
  const grants = [{ principal: role('heir'), actions: ['read'] }];
  await bodyOf(
    as('founder')('PATCH', '/v1/locations/handed-on', { body: { grants, owner: role('heir') } }),
    200,
  );
  const again = await ask();
  expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([
    201,
    'true',
    first.body,
  ]);
  expectProblem(await as('founder')('GET', '/v1/locations/handed-on'), 403, 'permission-denied');
});
