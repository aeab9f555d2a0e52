import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectProblem, makeLocations, sweep, tagAt } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

const remove = (name: string, headers = {}) => taskport.call('DELETE', `/v1/locations/${name}`, { headers });
const read = (name: string) => taskport.call('GET', `/v1/locations/${name}`);
const createTask = (id: string) => taskport.call('POST', '/v1/elements', { body: { id } });

it('an empty location is first closing and accepts nothing new, and is then gone', async () => {
  await makeLocations(taskport, { name: 'leaving', kind: 'task' });
  const answer = await remove('leaving');
  expect(answer.status).toBe(202);
  expect(answer.body).toMatchObject({ name: 'leaving', state: 'closing', revision: 2 });
  expect(answer.headers.get('etag')).toMatch(tagAt(2));
  expectProblem(await createTask('task://leaving/late'), 403, 'invalid-location', { policy: 'closing' });

  await sweep(taskport, CLOSING_MS / 2);
  expect(await bodyOf(read('leaving'), 200)).toMatchObject({ state: 'closing' });
  await sweep(taskport, CLOSING_MS + 1_000);
  expectProblem(await read('leaving'), 404, 'unknown-location');
  await makeLocations(taskport, { name: 'leaving', kind: 'image' });
});

it('a location with elements is in use, and does not change', async () => {
  await makeLocations(taskport, { name: 'busy', kind: 'task' });
  await bodyOf(createTask('task://busy/a'), 201);
  expectProblem(await remove('busy'), 409, 'in-use', {
    references: [{ id: 'task://busy/a', kind: 'element' }],
    hidden: 0,
  });
  expect(await bodyOf(read('busy'), 200)).toMatchObject({ state: 'open', revision: 1 });
  await bodyOf(taskport.call('DELETE', '/v1/elements/task/busy/a'), 204);
  expect((await remove('busy')).status).toBe(202);
});

it('a repeated delete has no further effect', async () => {
  await makeLocations(taskport, { name: 'twice', kind: 'task' });
  const first = await bodyOf(remove('twice'), 202);
  expect(await bodyOf(remove('twice'), 202)).toEqual(first);
});

it('a closing location cannot change any more', async () => {
  await makeLocations(taskport, { name: 'settled', kind: 'task' });
  await remove('settled');
  const body = { policy: 'read-only' };
  expectProblem(await taskport.call('PATCH', '/v1/locations/settled', { body }), 409, 'invalid-state', {
    state: 'closing',
  });
});

it('a location in which an element was created while it was closing opens again', async () => {
  await makeLocations(taskport, { name: 'revived', kind: 'task' });
  const open = await taskport.dependencies.known.get('revived');
  await remove('revived');
  // A process with a cached location, which may be some seconds old.
  const { elements } = taskport.dependencies;
  const at = new Date().toISOString();
  await elements.insert({
    location: open,
    caller: { principal: 'local', requestId: 'late' },
    record: {
      attributes: {
        id: 'task://revived/late',
        kind: 'task',
        location: 'revived',
        name: 'late',
        state: 'ready',
        revision: 1,
        createdAt: at,
        createdBy: 'local',
        modifiedAt: at,
        modifiedBy: 'local',
      },
      ro: {},
      rw: {},
      incarnation: 'late',
      ancestors: [],
    },
  });
  await sweep(taskport, CLOSING_MS + 1_000);
  expect(await bodyOf(read('revived'), 200)).toMatchObject({ state: 'open', revision: 3 });
  taskport.dependencies.known.forget('revived');
  expect((await createTask('task://revived/next')).status).toBe(201);
  // A location that opened again is not due any more, even once it is empty.
  for (const name of ['late', 'next']) {
    await bodyOf(taskport.call('DELETE', `/v1/elements/task/revived/${name}`), 204);
  }
  await sweep(taskport, CLOSING_MS + 3_600_000);
  expect(await bodyOf(read('revived'), 200)).toMatchObject({ state: 'open', revision: 3 });
});

it('honours If-Match', async () => {
  await makeLocations(taskport, { name: 'matched', kind: 'task' });
  const tag = (await read('matched')).headers.get('etag') as string;
  for (const other of ['"1"', tag.replace('.1"', '.2"'), `W/${tag}`])
    expectProblem(await remove('matched', { 'if-match': other }), 412, 'revision-mismatch', { revision: 1 });
  expect((await remove('matched', { 'if-match': tag })).status).toBe(202);
});

it('deletes its accounting too, so that the next location of its name has its full capacity', async () => {
  const location = { name: 'counted', kind: 'volume', capacity: 10 };
  await makeLocations(taskport, location);
  await remove('counted');
  await sweep(taskport, CLOSING_MS + 1_000);
  await makeLocations(taskport, { ...location, capacity: 100 });
  const body = { id: 'volume://counted/a', freeSpace: 100 };
  expect((await taskport.call('POST', '/v1/elements', { body })).status).toBe(201);
});
