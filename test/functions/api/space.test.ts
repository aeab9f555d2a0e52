import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { base64, bodyOf, expectProblem, makeLocations, pathOf, tar } from './support.ts';

const KIB = 1024;

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(taskport, 'image', 'volume');
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  taskport.call('POST', '/v1/elements', { body: { id, ...rest } });
const patch = (id: string, body: object) => taskport.call('PATCH', pathOf(id), { body });
const remove = (id: string) => bodyOf(taskport.call('DELETE', pathOf(id)), 204);
const filesOf = async (bytes: number) => ({ data: base64(await tar({ file: Buffer.alloc(bytes, 'x') })) });
const spaceOf = ({ capacity, freeSpace, resizedFrom }: Record<string, unknown>) => ({
  capacity,
  freeSpace,
  resizedFrom,
});

describe('the capacity of an element', () => {
  it('is the size of its data and its free space, in whole KiB', async () => {
    const data = await filesOf(3 * KIB + 1);
    expect(spaceOf((await create('volume://volume/tight', data)).body)).toEqual({ capacity: 4 });
    const roomy = (await create('volume://volume/roomy', { ...data, freeSpace: 100 })).body;
    expect(spaceOf(roomy)).toEqual({ capacity: 104, freeSpace: 100 });
    expect(spaceOf((await create('volume://volume/empty')).body)).toEqual({ capacity: 0 });
  });

  it('is that of its parent if that is enough, and larger otherwise', async () => {
    await create('image://image/base', { ...(await filesOf(2 * KIB)), freeSpace: 8 });
    const parentId = 'image://image/base';
    const child = async (id: string, rest: object) => spaceOf((await create(id, { parentId, ...rest })).body);
    expect(await child('image://image/fits', await filesOf(8 * KIB))).toEqual({ capacity: 10 });
    expect(await child('image://image/grows', await filesOf(8 * KIB + 1))).toEqual({
      capacity: 11,
      resizedFrom: 10,
    });
    expect(await child('volume://volume/free', { freeSpace: 9 })).toEqual({
      capacity: 11,
      freeSpace: 9,
      resizedFrom: 10,
    });
    expect(await child('volume://volume/little', { freeSpace: 8 })).toEqual({ capacity: 10, freeSpace: 8 });
    const grandchild = await create('volume://volume/grand', {
      parentId: 'image://image/fits',
      freeSpace: 1,
    });
    expect(spaceOf(grandchild.body)).toEqual({ capacity: 11, freeSpace: 1, resizedFrom: 10 });
  });

  it('follows a change of the free space', async () => {
    const id = 'volume://volume/elastic';
    await create(id, { parentId: 'image://image/base', freeSpace: 1 });
    const after = async (freeSpace: number | null) => spaceOf(await bodyOf(patch(id, { freeSpace }), 200));
    expect(await after(20)).toEqual({ capacity: 22, freeSpace: 20, resizedFrom: 10 });
    expect(await after(0)).toEqual({ capacity: 10, freeSpace: 0 });
    expect(await after(null)).toEqual({ capacity: 10 });
  });

  it('is nothing for tasks, executors, logs and NFS volumes', async () => {
    const nfs = { server: 'files', path: '/home' };
    await makeLocations(taskport, 'task', 'executor', 'log', {
      name: 'nfs',
      kind: 'volume',
      type: 'nfs',
      nfs,
    });
    for (const id of ['task://task/a', 'executor://executor/a', 'log://log/a', 'volume://nfs/a']) {
      expect(spaceOf(await bodyOf(create(id), 201))).toEqual({});
    }
  });
});

describe('a location with a capacity', () => {
  let made = 0;
  const location = async (capacity: number): Promise<string> => {
    made += 1;
    await makeLocations(taskport, { name: `counted-${made}`, kind: 'volume', capacity });
    return `counted-${made}`;
  };
  const fill = (name: string, id: string, freeSpace: number) =>
    create(`volume://${name}/${id}`, { freeSpace });

  it('is full when its elements take all of it, and states the rest', async () => {
    const name = await location(100);
    await bodyOf(fill(name, 'a', 60), 201);
    expectProblem(await fill(name, 'b', 41), 409, 'insufficient-space', { available: 40 });
    expectProblem(await taskport.call('GET', pathOf(`volume://${name}/b`)), 404, 'not-found');
    await bodyOf(fill(name, 'b', 40), 201);
    expectProblem(await fill(name, 'c', 1), 409, 'insufficient-space', { available: 0 });
    await bodyOf(fill(name, 'c', 0), 201);
  });

  it('gets the space of a deleted element back, once', async () => {
    const name = await location(100);
    await bodyOf(fill(name, 'a', 100), 201);
    await remove(`volume://${name}/a`);
    expectProblem(await taskport.call('DELETE', pathOf(`volume://${name}/a`)), 404, 'not-found');
    expectProblem(await fill(name, 'b', 101), 409, 'insufficient-space', { available: 100 });
    await bodyOf(fill(name, 'b', 100), 201);
  });

  it('counts changes of the free space, and a refused change changes nothing', async () => {
    const name = await location(100);
    const id = `volume://${name}/a`;
    await bodyOf(fill(name, 'a', 60), 201);
    expectProblem(await patch(id, { freeSpace: 101 }), 409, 'insufficient-space', { available: 40 });
    const before = await bodyOf(taskport.call('GET', pathOf(id)), 200);
    expect(before).toMatchObject({ freeSpace: 60, capacity: 60, revision: 1 });
    await bodyOf(patch(id, { freeSpace: 100 }), 200);
    await bodyOf(patch(id, { freeSpace: 10 }), 200);
    expectProblem(await fill(name, 'b', 91), 409, 'insufficient-space', { available: 90 });
  });

  it('settles the space of a pending element when its data has arrived', async () => {
    const name = await location(100);
    const id = `volume://${name}/a`;
    const bytes = await tar({ file: Buffer.alloc(10 * KIB, 'x') });
    await bodyOf(create(id, { data: { upload: true }, freeSpace: 5 }), 201);
    expectProblem(await fill(name, 'b', 96), 409, 'insufficient-space', { available: 95 });
    await bodyOf(taskport.call('PUT', `${pathOf(id)}/data`, { raw: bytes }), 200);
    expectProblem(await fill(name, 'b', 96), 409, 'insufficient-space', { available: 85 });
    const other = `volume://${name}/too-large`;
    await bodyOf(create(other, { data: { upload: true }, freeSpace: 80 }), 201);
    const put = await taskport.call('PUT', `${pathOf(other)}/data`, { raw: bytes });
    expectProblem(put, 409, 'insufficient-space', { available: 5 });
    expect((await taskport.call('GET', pathOf(other))).body).toMatchObject({ state: 'pending', revision: 1 });
  });

  it('is never overdrawn by many concurrent callers', async () => {
    const name = await location(100);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => fill(name, `v${at}`, 15)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(6);
    expectProblem(await fill(name, 'rest', 11), 409, 'insufficient-space', { available: 10 });
  });

  it('can be enlarged, and reduced down to the used space', async () => {
    const name = await location(100);
    await bodyOf(fill(name, 'a', 60), 201);
    const resize = (capacity: number) =>
      taskport.call('PATCH', `/v1/locations/${name}`, { body: { capacity } });
    expectProblem(await resize(59), 409, 'insufficient-space', { available: 40 });
    expect((await taskport.call('GET', `/v1/locations/${name}`)).body).toMatchObject({
      capacity: 100,
      revision: 1,
    });
    await bodyOf(resize(60), 200);
    expectProblem(await fill(name, 'b', 1), 409, 'insufficient-space', { available: 0 });
    await bodyOf(resize(200), 200);
    await bodyOf(fill(name, 'b', 140), 201);
  });
});
