/** Only administrators of the deployment set `allow` of a location, and create locations of type nfs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, startTaskport, type Taskport } from '../../taskport.ts';
import { makeFormerLocations } from './former-location.ts';
import { bodyOf, caller, expectInvalid, expectProblem } from './support.ts';

const OWNER = 'arn:aws:iam::123456789012:role/owner';
const nfs = { server: 'files', path: '/exports' };
const allow = { capabilities: ['CAP_NET_ADMIN'], logs: ['s3://lines/'] };

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
});
afterAll(() => taskport.stop());

const create = (by: string, body: object, headers = {}) =>
  caller(taskport, by)('POST', '/v1/locations', { body, headers });
const patch = (by: string, name: string, body: object) =>
  caller(taskport, by)('PATCH', `/v1/locations/${name}`, { body });
const expectForAdministrators = (answer: Parameters<typeof expectProblem>[0], path: string) =>
  expectProblem(answer, 403, 'permission-denied', { action: 'administer', issues: [{ path }] });

describe('a location of executors', () => {
  it('allows nothing to any owner unless an administrator sets it', async () => {
    const made = await bodyOf(create(OWNER, { name: 'boxes', kind: 'executor' }), 201);
    expect(made).toMatchObject({ owner: OWNER, allow: {} });
    for (const said of [allow, {}, null]) {
      expectForAdministrators(await patch(OWNER, 'boxes', { allow: said }), 'allow');
      if (said)
        expectForAdministrators(
          await create(OWNER, { name: 'more', kind: 'executor', allow: said }),
          'allow',
        );
    }
    expectProblem(await taskport.call('GET', '/v1/locations/more'), 404, 'unknown-location');
    expect(await bodyOf(patch(ADMINISTRATOR, 'boxes', { allow }), 200)).toMatchObject({
      owner: OWNER,
      allow,
    });
    expect(await bodyOf(patch(OWNER, 'boxes', { policy: 'read-only' }), 200)).toMatchObject({ allow });
  });

  it('changes by a merge patch', async () => {
    await bodyOf(create(ADMINISTRATOR, { name: 'merged', kind: 'executor', allow }), 201);
    const merged = patch(ADMINISTRATOR, 'merged', { allow: { capabilities: null, secrets: ['jobs/'] } });
    expect((await bodyOf(merged, 200)).allow).toEqual({ logs: ['s3://lines/'], secrets: ['jobs/'] });
    expect((await bodyOf(patch(ADMINISTRATOR, 'merged', { allow: null }), 200)).allow).toEqual({});
  });

  it('keeps the engine of the deployment that an administrator names', async () => {
    const cloud = { name: 'cloud', kind: 'executor', engine: 'fargate' };
    expectForAdministrators(await create(OWNER, cloud), 'engine');
    expect(await bodyOf(create(ADMINISTRATOR, cloud), 201)).toMatchObject(cloud);
    expect(await bodyOf(taskport.call('GET', '/v1/locations/cloud'), 200)).toMatchObject(cloud);
    for (const engine of ['fargate', null])
      expectProblem(await patch(ADMINISTRATOR, 'cloud', { engine }), 400, 'invalid-request');
  });

  it('names only engines of the deployment; the refusal lists them', async () => {
    const issuesOf = async (by: string, engine: string, more: object = {}) =>
      (await bodyOf(create(by, { name: 'other', kind: 'executor', engine, ...more }), 400)).issues;
    expect(await issuesOf(ADMINISTRATOR, 'kubernetes')).toEqual([
      { path: 'engine', message: expect.stringContaining('has fargate') },
    ]);
    expect(await issuesOf(ADMINISTRATOR, 'Not A Name')).toMatchObject([{ path: 'engine' }]);
    expect(await issuesOf(ADMINISTRATOR, 'fargate', { kind: 'task' })).toMatchObject([{ path: 'engine' }]);
    const { dependencies } = taskport;
    Object.assign(dependencies, { engines: new Set() });
    expect(await issuesOf(ADMINISTRATOR, 'fargate')).toEqual([
      { path: 'engine', message: expect.stringContaining('has none') },
    ]);
    Object.assign(dependencies, { engines: new Set(['fargate']) });
  });

  it('is the only kind that has it', async () => {
    expectInvalid(await create(ADMINISTRATOR, { name: 'jobs', kind: 'task', allow: {} }), 'allow');
    const made = await bodyOf(create(ADMINISTRATOR, { name: 'jobs', kind: 'task' }), 201);
    expect(made).not.toHaveProperty('allow');
    expectInvalid(await patch(ADMINISTRATOR, 'jobs', { allow: {} }), 'allow');
  });

  it.each([
    ['capabilities', ['CAP_NET_ADMIN', 'NET ADMIN'], 'allow.capabilities[1]'],
    ['logs', ['s3://lines'], 'allow.logs[0]'],
    ['secrets', ['jobs/../'], 'allow.secrets[0]'],
    ['nfs', ['/exports/'], 'allow.nfs[0]'],
    ['devices', ['/dev/sda'], 'allow.devices'],
  ])('refuses %s of %j and names it', async (field, entries, path) => {
    const said = { allow: { [field]: entries } };
    expectInvalid(await create(ADMINISTRATOR, { name: 'wrong', kind: 'executor', ...said }), path);
  });

  it('from an earlier version lets tasks request what they could before, until an administrator sets it', async () => {
    await makeFormerLocations(taskport, { name: 'former', kind: 'executor' });
    const path = '/v1/locations/former';
    expect(await bodyOf(taskport.call('GET', path), 200)).toMatchObject({ allow: 'legacy', owner: 'local' });
    const changed = taskport.call('PATCH', path, { body: { policy: 'create-only' } });
    expect(await bodyOf(changed, 200)).toMatchObject({ allow: 'legacy' });
    expectInvalid(await patch(ADMINISTRATOR, 'former', { allow: 'legacy' }), 'allow');
    const set = patch(ADMINISTRATOR, 'former', { allow: { logs: ['s3://lines/'] } });
    expect((await bodyOf(set, 200)).allow).toEqual({ logs: ['s3://lines/'] });
  });
});

describe('a location of type nfs', () => {
  const shares = (name: string) => ({ name, kind: 'volume', type: 'nfs', nfs });

  it('is created only by administrators, who may give it to another owner', async () => {
    expectForAdministrators(await create(OWNER, shares('shares')), 'nfs');
    const given = { ...shares('shares'), owner: OWNER };
    expect(await bodyOf(create(ADMINISTRATOR, given), 201)).toMatchObject({ owner: OWNER, nfs });
    expect((await patch(OWNER, 'shares', { policy: 'read-only' })).status).toBe(200);
  });

  it('keeps its server and path', async () => {
    await bodyOf(create(ADMINISTRATOR, shares('fixed')), 201);
    for (const by of [OWNER, ADMINISTRATOR]) expectInvalid(await patch(by, 'fixed', { nfs }), 'nfs');
  });
});
