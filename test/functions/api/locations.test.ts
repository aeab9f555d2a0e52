import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, readPages, tagAt } from './support.ts';

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

const create = (body: object) => taskport.call('POST', '/v1/locations', { body });
const read = (name: string) => bodyOf(taskport.call('GET', `/v1/locations/${name}`), 200);
const patch = (name: string, body: object, headers = {}) =>
  taskport.call('PATCH', `/v1/locations/${name}`, { body, headers });

describe('creating a location', () => {
  it('answers 201 with its path, its entity tag, and the defaults filled in', async () => {
    const answer = await create({ name: 'library', kind: 'image' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/locations/library');
    expect(answer.headers.get('etag')).toMatch(tagAt(1));
    expect(answer.body).toEqual({
      name: 'library',
      kind: 'image',
      type: 's3',
      policy: 'read-write',
      owner: 'local',
      state: 'open',
      revision: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      createdBy: 'local',
      modifiedAt: answer.body.createdAt,
      modifiedBy: 'local',
    });
    expect(await read('library')).toEqual(answer.body);
  });

  it('keeps every field of the request', async () => {
    const said = {
      name: 'scratchpad',
      kind: 'volume',
      policy: 'create-only',
      capacity: 2 ** 50,
      indexed: ['ro.os', 'rw.stage/of.life', 'ro.constructor'],
      grants: [{ principal: 'local', actions: ['admin', 'read'] }],
    };
    expect((await create(said)).status).toBe(201);
    expect(await read('scratchpad')).toMatchObject(said);
  });

  it('keeps the server of an NFS location', async () => {
    const nfs = { server: 'files.example.com', path: '/exports/home' };
    expect((await create({ name: 'homes', kind: 'volume', type: 'nfs', nfs })).status).toBe(201);
    expect(await read('homes')).toMatchObject({ type: 'nfs', nfs });
  });

  it('refuses a name in use', async () => {
    await makeLocations(taskport, { name: 'taken', kind: 'image' });
    expectProblem(await create({ name: 'taken', kind: 'task' }), 409, 'name-collision', { id: 'taken' });
    expect(await read('taken')).toMatchObject({ kind: 'image', revision: 1 });
  });

  it.each([
    ['a name that is no DNS label', { name: 'Not_A_Label' }, 'name'],
    ['a name of 64 letters', { name: 'a'.repeat(64) }, 'name'],
    ['a kind that is none', { kind: 'container' }, 'kind'],
    ['a policy that is none', { policy: 'append-only' }, 'policy'],
    ['an NFS location of tasks', { type: 'nfs', nfs: { server: 'a', path: '/b' } }, 'type'],
    ['an NFS location without a server', { kind: 'volume', type: 'nfs' }, 'nfs'],
    [
      'an NFS path that climbs',
      { kind: 'volume', type: 'nfs', nfs: { server: 'a', path: '/b/../c' } },
      'nfs.path',
    ],
    [
      'a climb behind a line break',
      { kind: 'volume', type: 'nfs', nfs: { server: 'a', path: '/b\n/..' } },
      'nfs.path',
    ],
    ['a capacity where nothing is stored', { capacity: 5 }, 'capacity'],
    ['a capacity of nothing', { kind: 'image', capacity: 0 }, 'capacity'],
    ['an indexed key without its map', { indexed: ['os'] }, 'indexed[0]'],
    ['a key indexed twice', { indexed: ['ro.os', 'ro.os'] }, 'indexed'],
    [
      'more than ten indexed keys',
      { indexed: Array.from({ length: 11 }, (_, at) => `ro.k${at}`) },
      'indexed',
    ],
    ['an owner who is nobody', { owner: '' }, 'owner'],
    [
      'an owner who is a session of a role',
      { owner: 'arn:aws:sts::123456789012:assumed-role/builder/run-1' },
      'owner',
    ],
    [
      'an owner by a role’s path, which no caller’s name has',
      { owner: 'arn:aws:iam::123456789012:role/team/builder' },
      'owner',
    ],
    [
      'an action that is none',
      { grants: [{ principal: 'l', actions: ['admin', 'own'] }] },
      'grants[0].actions[1]',
    ],
  ])('refuses %s and names it', async (_, wrong, path) => {
    expectInvalid(await create({ name: 'wrong', kind: 'task', ...wrong }), path);
    expectProblem(await taskport.call('GET', '/v1/locations/wrong'), 404, 'unknown-location');
  });
});

describe('changing a location', () => {
  it('changes only the named fields, one revision for each change', async () => {
    const grants = [{ principal: 'local', actions: ['admin'] }];
    await makeLocations(taskport, {
      name: 'changing',
      kind: 'image',
      capacity: 10,
      indexed: ['ro.os'],
      grants,
    });
    const before = await read('changing');
    const answer = await patch('changing', { policy: 'read-only' });
    expect(answer.headers.get('etag')).toMatch(tagAt(2));
    expect(answer.body).toEqual({
      ...before,
      policy: 'read-only',
      revision: 2,
      modifiedAt: answer.body.modifiedAt,
    });
    expect(await bodyOf(patch('changing', { capacity: 20 }), 200)).toMatchObject({
      capacity: 20,
      revision: 3,
    });
    expect(await read('changing')).toMatchObject({
      policy: 'read-only',
      capacity: 20,
      indexed: ['ro.os'],
      grants,
    });
  });

  it('is opened to everyone by `grants: null`', async () => {
    await makeLocations(taskport, {
      name: 'opening',
      kind: 'task',
      grants: [{ principal: 'local', actions: ['admin'] }],
    });
    const stranger = 'arn:aws:iam::123456789012:role/stranger';
    expectProblem(await taskport.callAs(stranger, 'GET', '/v1/locations/opening'), 403, 'permission-denied', {
      action: 'read',
    });
    expect(await bodyOf(patch('opening', { grants: null }), 200)).not.toHaveProperty('grants');
    expect((await taskport.callAs(stranger, 'GET', '/v1/locations/opening')).status).toBe(200);
  });

  it('takes effect at once for the caller', async () => {
    await makeLocations(taskport, { name: 'closing-down', kind: 'task' });
    const body = { id: 'task://closing-down/a' };
    expect((await taskport.call('POST', '/v1/elements', { body })).status).toBe(201);
    await patch('closing-down', { policy: 'read-only' });
    const another = { id: 'task://closing-down/b' };
    expectProblem(await taskport.call('POST', '/v1/elements', { body: another }), 403, 'invalid-location', {
      policy: 'read-only',
    });
  });

  it('honours If-Match', async () => {
    const made = await create({ name: 'matched', kind: 'task' });
    const tag = made.headers.get('etag') as string;
    const frozen = { policy: 'read-only' };
    for (const other of ['"1"', tag.replace('.1"', '.2"'), `W/${tag}`]) {
      expectProblem(await patch('matched', frozen, { 'if-match': other }), 412, 'revision-mismatch', {
        revision: 1,
      });
    }
    expect(await read('matched')).toMatchObject({ policy: 'read-write', revision: 1 });
    expect((await patch('matched', frozen, { 'if-match': `"1", ${tag}` })).status).toBe(200);
    expect((await patch('matched', { policy: 'read-write' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('keeps fields that cannot change', async () => {
    await makeLocations(taskport, { name: 'fixed', kind: 'image' });
    for (const field of ['name', 'kind', 'type', 'nfs', 'indexed', 'state', 'revision', 'createdBy']) {
      expectInvalid(await patch('fixed', { [field]: 'image' }), field);
    }
    expectInvalid(await patch('fixed', { capacity: 5 }), 'capacity');
    expectInvalid(await patch('fixed', { policy: null }), 'policy');
    expect(await read('fixed')).toMatchObject({ revision: 1 });
  });
});

describe('a missing location', () => {
  it.each(['GET', 'PATCH', 'DELETE'])('is unknown to %s', async (method) => {
    const call = method === 'PATCH' ? { body: {} } : {};
    expectProblem(await taskport.call(method, '/v1/locations/nowhere', call), 404, 'unknown-location', {
      location: 'nowhere',
    });
  });
});

describe('listing locations', () => {
  it('shows all in name order, page by page, in spite of creates meanwhile', async () => {
    const other = await startTaskport();
    const names = ['d', 'b', 'e', 'a', 'c'];
    await makeLocations(other, ...names.map((name) => ({ name, kind: 'task' })));
    const first = await bodyOf(other.call('GET', '/v1/locations?limit=2'), 200);
    await makeLocations(other, { name: 'a-new', kind: 'task' }, { name: 'c-new', kind: 'log' });
    const rest = await bodyOf(other.call('GET', `/v1/locations?limit=9&cursor=${first.cursor}`), 200);
    const shown = [...first.items, ...rest.items].map((item: { name: string }) => item.name);
    expect(shown).toEqual(['a', 'b', 'c', 'c-new', 'd', 'e']);
    const pages = await readPages(other.call, '/v1/locations', 3);
    expect(pages.flat().map((item) => item.name)).toEqual(['a', 'a-new', 'b', 'c', 'c-new', 'd', 'e']);
    await other.stop();
  });

  it('is complete even if the locations are too large for one read', async () => {
    const other = await startTaskport();
    const grants = Array.from({ length: 50 }, (_, at) => ({
      principal: at === 0 ? 'local' : `${'p'.repeat(2000)}${at}`,
      actions: ['read', 'admin'],
    }));
    const names = Array.from({ length: 14 }, (_, at) => `large-${at + 10}`);
    await makeLocations(other, ...names.map((name) => ({ name, kind: 'task', grants })));
    const pages = await readPages(other.call, '/v1/locations', 100);
    expect(pages.flat().map((item) => item.name)).toEqual(names);
    await other.stop();
  });
});
