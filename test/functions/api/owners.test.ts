/** The managers of a location: its owner, callers with a grant of `admin`, and administrators of the deployment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, startTaskport, type Taskport } from '../../taskport.ts';
import { makeFormerLocations } from './former-location.ts';
import { bodyOf, caller, expectInvalid, expectProblem, readPages } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

const as = (name: string) => caller(taskport, name === 'administrator' ? ADMINISTRATOR : role(name));
const pathOf = (name: string): string => `/v1/locations/${name}`;
const create = (name: string, more: object = {}, by = 'owner') =>
  bodyOf(as(by)('POST', '/v1/locations', { body: { name, kind: 'task', ...more } }), 201);
const patch = (by: string, name: string, body: object) => as(by)('PATCH', pathOf(name), { body });
const read = (by: string, name: string) => as(by)('GET', pathOf(name));
const admin = (name: string) => ({ principal: role(name), actions: ['admin'] });

describe('the owner of a location', () => {
  it('is the caller who created it, or the one whom that caller named', async () => {
    expect(await create('mine')).toMatchObject({ owner: role('owner'), createdBy: role('owner') });
    const given = await create('given', { owner: role('friend') });
    expect(given).toMatchObject({ owner: role('friend'), createdBy: role('owner') });
    expectProblem(await patch('owner', 'given', {}), 403, 'permission-denied', { action: 'admin' });
    expect((await patch('friend', 'given', { policy: 'read-only' })).status).toBe(200);
  });

  it('is not locked out by any grants', async () => {
    await create('locked', { grants: [admin('manager')] });
    expect((await patch('manager', 'locked', { grants: [] })).status).toBe(200);
    expectProblem(await patch('manager', 'locked', {}), 403, 'permission-denied', { action: 'admin' });
    const grants = [{ principal: role('owner'), actions: ['read', 'create'] }];
    expect(await bodyOf(patch('owner', 'locked', { grants }), 200)).toMatchObject({ grants });
    expect((await as('owner')('DELETE', pathOf('locked'))).status).toBe(202);
  });

  it('alone manages a location without grants, in which others may do everything else', async () => {
    await create('open');
    for (const body of [
      { grants: [admin('stranger')] },
      { policy: 'read-only' },
      { owner: role('stranger') },
      {},
    ])
      expectProblem(await patch('stranger', 'open', body), 403, 'permission-denied', { action: 'admin' });
    expectProblem(await as('stranger')('DELETE', pathOf('open')), 403, 'permission-denied', {
      action: 'admin',
    });
    const body = { id: 'task://open/a' };
    for (const [method, path, call] of [
      ['POST', '/v1/elements', { body }],
      ['PATCH', '/v1/elements/task/open/a', { body: { metadata: { rw: { a: 'b' } } } }],
      ['GET', '/v1/elements/task/open/a', {}],
      ['DELETE', '/v1/elements/task/open/a', {}],
      ['GET', pathOf('open'), {}],
    ] as const)
      expect((await as('stranger')(method, path, call)).status).toBeLessThan(300);
    expect((await patch('owner', 'open', { policy: 'create-only' })).status).toBe(200);
  });

  it('keeps `admin` when grants are removed, and others lose it', async () => {
    await create('opened', { grants: [admin('manager')] });
    expect((await patch('manager', 'opened', { grants: null })).status).toBe(200);
    expectProblem(await patch('manager', 'opened', { policy: 'read-only' }), 403, 'permission-denied');
    expect((await patch('owner', 'opened', { policy: 'read-only' })).status).toBe(200);
  });

  it('may name another owner, and then loses it', async () => {
    await create('handed', { grants: [] });
    expect(await bodyOf(patch('owner', 'handed', { owner: role('heir') }), 200)).toMatchObject({
      owner: role('heir'),
      createdBy: role('owner'),
      revision: 2,
    });
    expectProblem(await read('owner', 'handed'), 403, 'permission-denied', { action: 'read' });
    expectProblem(await patch('owner', 'handed', {}), 403, 'permission-denied', { action: 'admin' });
    expect((await patch('heir', 'handed', { policy: 'read-only' })).status).toBe(200);
  });

  it('is not replaced by callers with a grant of `admin`, who may only repeat the present owner', async () => {
    await create('kept', { grants: [admin('manager')] });
    const refused = await patch('manager', 'kept', { owner: role('manager') });
    expectProblem(refused, 403, 'permission-denied', { action: 'admin', issues: [{ path: 'owner' }] });
    expect((await patch('manager', 'kept', { owner: role('owner'), policy: 'read-only' })).status).toBe(200);
  });

  it('must be a principal', async () => {
    await create('somebodys');
    for (const owner of [null, '', 'arn:aws:sts::123456789012:assumed-role/heir/session'])
      expectInvalid(await patch('owner', 'somebodys', { owner }), 'owner');
  });
});

describe('an administrator of the deployment', () => {
  it('manages every location, and has no other rights there', async () => {
    await create('private', { grants: [] });
    expect((await read('administrator', 'private')).status).toBe(200);
    const body = { id: 'task://private/a' };
    expectProblem(await as('administrator')('POST', '/v1/elements', { body }), 403, 'permission-denied', {
      action: 'create',
    });
    expect((await patch('administrator', 'private', { owner: role('heir') })).status).toBe(200);
    expect((await patch('administrator', 'private', { policy: 'read-only' })).status).toBe(200);
    expect((await as('administrator')('DELETE', pathOf('private'))).status).toBe(202);
  });
});

it('callers learn their own principal, and administrators the list of administrators', async () => {
  const told = (by: string) => bodyOf(as(by)('GET', '/v1/caller'), 200);
  expect(await told('owner')).toEqual({ principal: role('owner'), administrator: false });
  expect(await told('administrator')).toEqual({
    principal: ADMINISTRATOR,
    administrator: true,
    administrators: ['local', ADMINISTRATOR],
  });
});

it('managers of a location see it in the list', async () => {
  await create('unlisted', { grants: [admin('manager')] });
  for (const [name, sees] of [
    ['owner', true],
    ['manager', true],
    ['administrator', true],
    ['stranger', false],
  ] as const) {
    const names = (await readPages(as(name), '/v1/locations', 100)).flat().map((item) => item.name);
    expect([name, names.includes('unlisted')]).toEqual([name, sees]);
  }
});

it('a location from an earlier version is owned by its creator', async () => {
  await makeFormerLocations(taskport, { name: 'former', kind: 'task' });
  const shown = await bodyOf(taskport.call('GET', pathOf('former')), 200);
  expect(shown).toMatchObject({ owner: 'local', createdBy: 'local', revision: 1 });
  expectProblem(await patch('stranger', 'former', { grants: [admin('stranger')] }), 403, 'permission-denied');
  const changed = taskport.call('PATCH', pathOf('former'), { body: { policy: 'read-only' } });
  expect(await bodyOf(changed, 200)).toMatchObject({ owner: 'local' });
});
