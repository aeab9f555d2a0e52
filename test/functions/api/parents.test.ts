import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf } from './support.ts';

const KINDS = ['task', 'image', 'volume', 'executor', 'log'];
const ALLOWED = ['image ← image', 'volume ← volume', 'volume ← image', 'task ← task', 'executor ← executor'];
const PAIRS = KINDS.flatMap((child) =>
  KINDS.map((parent) => ({ child, parent, pair: `${child} ← ${parent}` })),
);

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  const nfs = { server: 'files', path: '/home' };
  await makeLocations(taskport, ...KINDS, { name: 'nfs', kind: 'volume', type: 'nfs', nfs });
  await Promise.all([...KINDS.map((kind) => bodyOf(create(`${kind}://${kind}/parent`), 201))]);
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  taskport.call('POST', '/v1/elements', { body: { id, ...rest } });
const get = (id: string) => taskport.call('GET', pathOf(id));

describe('a parent', () => {
  it.each(PAIRS.filter(({ pair }) => ALLOWED.includes(pair)))(
    'is allowed: $pair',
    async ({ child, parent }) => {
      const parentId = `${parent}://${parent}/parent`;
      const id = `${child}://${child}/of-${parent}`;
      expect(await bodyOf(create(id, { parentId }), 201)).toMatchObject({ id, parentId });
      expect(await bodyOf(get(id), 200)).toMatchObject({ parentId });
    },
  );

  it.each(PAIRS.filter(({ pair }) => !ALLOWED.includes(pair)))(
    'is refused: $pair',
    async ({ child, parent }) => {
      const id = `${child}://${child}/of-${parent}`;
      const answer = await create(id, { parentId: `${parent}://${parent}/parent` });
      expectProblem(answer, 422, 'invalid-parent', { reason: expect.stringContaining(child) });
      expectProblem(await get(id), 404, 'not-found');
    },
  );

  it('is refused for a volume on an NFS server', async () => {
    for (const parentId of ['volume://volume/parent', 'image://image/parent', 'scratch:']) {
      expectProblem(await create('volume://nfs/a', { parentId }), 422, 'invalid-parent');
    }
    expect((await create('volume://nfs/a')).status).toBe(201);
  });

  it('cannot be a volume on an NFS server, whose bytes nobody would copy', async () => {
    await bodyOf(create('volume://nfs/home'), 201);
    const answer = await create('volume://volume/of-nfs', { parentId: 'volume://nfs/home' });
    expectProblem(answer, 422, 'invalid-parent', { reason: expect.stringContaining('nfs') });
    expectProblem(await get('volume://volume/of-nfs'), 404, 'not-found');
  });

  it('is the empty root for an image without one', async () => {
    expect((await create('image://image/bare')).body.parentId).toBe('scratch:');
    expect((await create('image://image/bare-too', { parentId: 'scratch:' })).body.parentId).toBe('scratch:');
    expect((await create('volume://volume/bare')).body).not.toHaveProperty('parentId');
    for (const kind of ['volume', 'task', 'executor', 'log']) {
      const answer = await create(`${kind}://${kind}/x`, { parentId: 'scratch:' });
      expectProblem(answer, 422, 'invalid-parent');
    }
  });

  it('must exist, in a location of its kind', async () => {
    for (const parentId of ['image://image/absent', 'image://nowhere/parent', 'image://volume/parent']) {
      expectProblem(await create('image://image/orphan', { parentId }), 422, 'unknown-parent', { parentId });
    }
    expectProblem(
      await create('image://image/self', { parentId: 'image://image/self' }),
      422,
      'unknown-parent',
    );
    expectProblem(await get('image://image/orphan'), 404, 'not-found');
  });

  it('must be an ID', async () => {
    for (const parentId of ['', 'parent', 'scratch', 'scratch://', 'image://image/', 'image://image/a/b']) {
      expectInvalid(await create('image://image/x', { parentId }), 'parentId');
    }
  });

  it('must be ready', async () => {
    const parentId = 'image://image/awaited';
    await bodyOf(create(parentId, { data: { upload: true } }), 201);
    const answer = await create('image://image/early', { parentId });
    expectProblem(answer, 422, 'invalid-parent', { reason: expect.stringContaining('pending') });
  });

  it('that was deleted and created again is another one', async () => {
    const parentId = 'image://image/phoenix';
    await bodyOf(create(parentId), 201);
    await bodyOf(taskport.call('DELETE', pathOf(parentId)), 204);
    expectProblem(await create('image://image/ash', { parentId }), 422, 'unknown-parent');
    await bodyOf(create(parentId), 201);
    expect((await create('image://image/ash', { parentId })).status).toBe(201);
  });
});

describe('a task', () => {
  const base = {
    process: { args: ['/bin/base', '-v'], cwd: '/srv', env: [{ name: 'A', value: '1' }] },
    resources: { memory: { limit: 2 ** 30, reservation: 2 ** 29 }, pids: 10 },
    annotations: { team: 'a', tier: 'b' },
  };
  beforeAll(() => bodyOf(create('task://task/base', { spec: base }), 201));
  const inherit = async (name: string, spec?: object) =>
    create(`task://task/${name}`, defined({ parentId: 'task://task/base', spec: spec || undefined }));

  it('inherits the fields of the specification that it does not override', async () => {
    expect((await inherit('same')).body.spec).toEqual(base);
    const spec = { process: { args: ['/bin/other'] }, annotations: { tier: 'c' } };
    expect((await inherit('other', spec)).body.spec).toEqual({
      ...base,
      process: { ...base.process, args: ['/bin/other'] },
      annotations: { team: 'a', tier: 'c' },
    });
  });

  it('loses fields that it sets to null', async () => {
    const spec = { process: { cwd: null }, resources: { memory: { reservation: null } }, annotations: null };
    expect((await inherit('less', spec)).body.spec).toEqual({
      process: { args: base.process.args, env: base.process.env },
      resources: { memory: { limit: 2 ** 30 }, pids: 10 },
    });
  });

  it('inherits through generations', async () => {
    await inherit('middle', { stop: { signal: 'INT' } });
    const spec = { process: { args: null } };
    const { body } = await create('task://task/last', { parentId: 'task://task/middle', spec });
    expect(body.spec).toEqual({
      ...base,
      process: { cwd: '/srv', env: base.process.env },
      stop: { signal: 'INT' },
    });
  });

  it('keeps inherited fields, in spite of later changes of its parent', async () => {
    await create('task://task/changing', { spec: base });
    await create('task://task/heir', { parentId: 'task://task/changing' });
    const body = { spec: { annotations: { team: 'z' } } };
    await bodyOf(taskport.call('PATCH', pathOf('task://task/changing'), { body }), 200);
    expect((await get('task://task/heir')).body.spec).toEqual(base);
  });

  it('is refused if its fields conflict with inherited ones', async () => {
    const answer = await inherit('starved', { resources: { memory: { limit: 2 ** 28 } } });
    expectInvalid(answer, 'spec.resources.memory.reservation');
    expectProblem(await get('task://task/starved'), 404, 'not-found');
    // The refused create left no reference.
    const { body } = await taskport.call('GET', `${pathOf('task://task/base')}/references`);
    expect(body.items.map((item: { id: string }) => item.id)).not.toContain('task://task/starved');
  });

  it('inherits no metadata', async () => {
    await create('task://task/tagged', { metadata: { ro: { a: 'b' }, rw: { c: 'd' } } });
    const { body } = await create('task://task/untagged', { parentId: 'task://task/tagged' });
    expect(body.metadata).toEqual({ ro: {}, rw: {} });
  });
});
