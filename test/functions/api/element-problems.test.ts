import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf } from './support.ts';

const OTHER = 'arn:aws:iam::123456789012:role/other';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(
    taskport,
    'task',
    'image',
    { name: 'fixed', kind: 'image' },
    { name: 'growing', kind: 'image' },
    { name: 'private', kind: 'image', grants: [{ principal: 'local', actions: ['admin'] }] },
    { name: 'small', kind: 'image', capacity: 1 },
  );
  for (const location of ['fixed', 'growing', 'image']) {
    await bodyOf(create(`image://${location}/there`, { metadata: { ro: { os: 'linux' } } }), 201);
  }
  await bodyOf(policy('fixed', 'read-only'), 200);
  await bodyOf(policy('growing', 'create-only'), 200);
});
afterAll(() => taskport.stop());

const policy = (location: string, value: string) =>
  taskport.call('PATCH', `/v1/locations/${location}`, { body: { policy: value } });
const create = (id: string, rest: object = {}) =>
  taskport.call('POST', '/v1/elements', { body: { id, ...rest } });
const get = (id: string) => taskport.call('GET', pathOf(id));
const patch = (id: string, rw: object = { a: 'b' }) =>
  taskport.call('PATCH', pathOf(id), { body: { metadata: { rw } } });
const remove = (id: string) => taskport.call('DELETE', pathOf(id));

describe('an unknown location', () => {
  const id = 'image://nowhere/a';

  it('refuses create, read, update and delete', async () => {
    for (const answer of [await create(id), await get(id), await patch(id), await remove(id)]) {
      expectProblem(answer, 404, 'unknown-location', { location: 'nowhere' });
    }
  });

  it('includes a location of another kind', async () => {
    for (const answer of [await create('task://image/a'), await get('task://image/there')]) {
      expectProblem(answer, 404, 'unknown-location', { location: 'image' });
    }
    expectProblem(
      await taskport.call('GET', '/v1/elements?kind=task&location=image'),
      404,
      'unknown-location',
    );
  });

  it('is usable as soon as it is created', async () => {
    expectProblem(await create('image://later/a'), 404, 'unknown-location');
    await makeLocations(taskport, { name: 'later', kind: 'image' });
    expect((await create('image://later/a')).status).toBe(201);
  });
});

describe('a location whose policy forbids the action', () => {
  it.each([
    ['read-only', 'fixed', { create: 403, patch: 403, remove: 403 }],
    ['create-only', 'growing', { create: 201, patch: 403, remove: 403 }],
  ])('refuses changes of its elements: %s', async (policy, location, expected) => {
    const answers = {
      create: await create(`image://${location}/new`),
      patch: await patch(`image://${location}/there`),
      remove: await remove(`image://${location}/there`),
    };
    for (const [name, status] of Object.entries(expected)) {
      const answer = answers[name as keyof typeof answers];
      if (status === 403) expectProblem(answer, 403, 'invalid-location', { policy });
      else expect(answer.status).toBe(status);
    }
    const there = await bodyOf(get(`image://${location}/there`), 200);
    expect(there).toMatchObject({ revision: 1, metadata: { rw: {} } });
  });
});

describe('a name in use', () => {
  it('is a collision, and the existing element stays', async () => {
    const id = 'image://image/there';
    expectProblem(await create(id, { metadata: { ro: { os: 'plan9' } } }), 409, 'name-collision', { id });
    expect(await bodyOf(get(id), 200)).toMatchObject({ revision: 1, metadata: { ro: { os: 'linux' } } });
  });

  it('goes to one of many concurrent callers', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => create('task://task/race', { metadata: { ro: { at: `${at}` } } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    const winner = answers.find(({ status }) => status === 201);
    expect(await bodyOf(get('task://task/race'), 200)).toEqual(winner?.body);
  });

  it('is case-sensitive', async () => {
    expect((await create('task://task/Case')).status).toBe(201);
    expect((await create('task://task/case')).status).toBe(201);
  });
});

describe('a missing element', () => {
  it('is not found by read, update and delete', async () => {
    const id = 'image://image/absent';
    for (const answer of [await get(id), await patch(id), await remove(id)]) {
      expectProblem(answer, 404, 'not-found', { id });
    }
    for (const part of ['data', 'lineage', 'children', 'references']) {
      expectProblem(await taskport.call('GET', `${pathOf(id)}/${part}`), 404, 'not-found', { id });
    }
    const body = { spec: { annotations: { a: 'b' } } };
    expectProblem(await taskport.call('PATCH', pathOf('task://task/absent'), { body }), 404, 'not-found');
    expectProblem(await taskport.call('PATCH', pathOf(id), { body: {} }), 404, 'not-found', { id });
  });
});

describe('metadata and specifications', () => {
  it('accept no null in a create', async () => {
    const answer = await create('task://task/null', { metadata: { ro: { a: null }, rw: { b: null } } });
    expectProblem(answer, 422, 'invalid-entry', { entries: [{ key: 'ro.a' }, { key: 'rw.b' }] });
  });

  it('name every invalid place by its path', async () => {
    const spec = {
      process: { args: [], cwd: 'relative', env: [{ name: '1', value: 'x' }, { name: 'A' }] },
      restart: { mode: 'sometimes' },
      secrets: [{ name: 'A', valueFrom: 'b', target: 'env', value: 'hidden' }],
      surprise: true,
    };
    expectInvalid(
      await create('task://task/wrong', { spec }),
      'spec.process.args',
      'spec.process.cwd',
      'spec.process.env[0].name',
      'spec.process.env[1].value',
      'spec.secrets[0].value',
      'spec.restart.mode',
      'spec.surprise',
    );
  });

  it('name fields that the kind does not have', async () => {
    expectInvalid(await create('task://task/roomy', { freeSpace: 5 }), 'freeSpace');
    expectInvalid(await create('image://image/x', { spec: { deadlines: {} } }), 'spec.deadlines');
    const body = { freeSpace: 5 };
    await create('task://task/plain');
    expectInvalid(await taskport.call('PATCH', pathOf('task://task/plain'), { body }), 'freeSpace');
  });

  it('are refused by name if they are too large', async () => {
    const args = Array(14).fill('x'.repeat(30_000));
    const answer = await create('task://task/huge', { spec: { process: { args } } });
    expectProblem(answer, 422, 'invalid-entry', { entries: [{ key: 'spec.process', limit: 409_600 }] });
    expectProblem(await get('task://task/huge'), 404, 'not-found');
  });
});

describe('for several problems of a create, the first is answered', () => {
  const syntax = { size: -1 };
  const entries = { metadata: { ro: { a: null } } };
  const parent = { parentId: 'image://image/absent' };
  const roomy = { freeSpace: 5 };

  it.each([
    ['syntax', 'image://nowhere/a', { ...syntax, ...entries, ...parent }, 400, 'invalid-request'],
    ['location', 'image://nowhere/a', { ...entries, ...parent }, 404, 'unknown-location'],
    ['permission', 'image://private/there', { ...entries, ...parent }, 403, 'permission-denied'],
    ['policy', 'image://fixed/there', { ...entries, ...parent }, 403, 'invalid-location'],
    ['entries', 'image://image/there', { ...entries, ...parent }, 422, 'invalid-entry'],
    ['parent', 'image://image/there', { ...parent }, 422, 'unknown-parent'],
    ['collision', 'image://small/there', { ...roomy }, 409, 'name-collision'],
    ['space', 'image://small/another', { ...roomy }, 409, 'insufficient-space'],
  ] as const)('%s', async (_, id, rest, status, code) => {
    await create('image://small/there');
    const body = { id, ...rest };
    expectProblem(await taskport.callAs(OTHER, 'POST', '/v1/elements', { body }), status, code);
  });

  it('permission before policy', async () => {
    const grants = [{ principal: 'local', actions: ['admin'] }];
    await makeLocations(taskport, { name: 'both', kind: 'image', policy: 'read-only', grants });
    const body = { id: 'image://both/a' };
    expectProblem(await taskport.callAs(OTHER, 'POST', '/v1/elements', { body }), 403, 'permission-denied');
  });
});
