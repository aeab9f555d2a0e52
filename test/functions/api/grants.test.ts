import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { behindGateway } from '../../../functions/gateway.ts';
import { defined } from '../../../lib/defined.ts';
import { gatewayEvent } from '../../gateway-event.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, caller, expectProblem, makeLocations, pathOf } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const session = (name: string, of: string): string => `arn:aws:sts::123456789012:assumed-role/${name}/${of}`;
const ACTIONS = ['create', 'read', 'write', 'delete', 'admin'];

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  const grants = ACTIONS.map((action) => ({ principal: role(action), actions: [action] }));
  const local = { principal: 'local', actions: [...ACTIONS] };
  await makeLocations(taskport, 'image', { name: 'guarded', kind: 'image', grants: [...grants, local] });
  const body = { id: 'image://guarded/there', metadata: { rw: { a: 'b' } } };
  await bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
});
afterAll(() => taskport.stop());

const there = pathOf('image://guarded/there');
const calls = {
  create: [['POST', '/v1/elements', { body: { id: 'image://guarded/new' } }]],
  read: [
    ['GET', there, {}],
    ['GET', `${there}/data`, {}],
    ['GET', `${there}/lineage`, {}],
    ['GET', `${there}/children`, {}],
    ['GET', `${there}/references`, {}],
    ['GET', '/v1/elements?kind=image&location=guarded', {}],
  ],
  write: [['PATCH', there, { body: { metadata: { rw: { a: 'c' } } } }]],
  delete: [['DELETE', pathOf('image://guarded/absent'), {}]],
  admin: [
    ['PATCH', '/v1/locations/guarded', { body: {} }],
    ['DELETE', '/v1/locations/guarded', {}],
  ],
} as const;

describe('grants of a location', () => {
  it.each(ACTIONS)('let nobody %s who has all other grants but that', async (action) => {
    const others = ACTIONS.filter((other) => other !== action);
    for (const [method, path, call] of calls[action as keyof typeof calls]) {
      for (const principal of [...others.map(role), role('stranger')]) {
        const answer = await taskport.callAs(principal, method, path, call);
        expectProblem(answer, 403, 'permission-denied', { action });
      }
    }
    expect(await bodyOf(taskport.call('GET', there), 200)).toMatchObject({ revision: 1 });
  });

  it('let callers with the grant do it', async () => {
    const as = (action: string) => caller(taskport, role(action));
    const body = { id: 'image://guarded/mine' };
    const path = pathOf(body.id);
    expect((await as('create')('POST', '/v1/elements', { body })).status).toBe(201);
    const change = { metadata: { rw: { a: 'b' } } };
    expect((await as('write')('PATCH', path, { body: change })).status).toBe(200);
    const read = await as('read')('GET', path);
    expect(read.body).toMatchObject({ createdBy: role('create'), modifiedBy: role('write'), revision: 2 });
    expect((await as('delete')('DELETE', path)).status).toBe(204);
    expect((await as('admin')('PATCH', '/v1/locations/guarded', { body: {} })).status).toBe(200);
    for (const action of ['read', 'admin']) {
      expect((await as(action)('GET', '/v1/locations/guarded')).status).toBe(200);
    }
    expectProblem(await as('write')('GET', '/v1/locations/guarded'), 403, 'permission-denied', {
      action: 'read',
    });
  });

  it('prevent callers who may not create from sending data', async () => {
    const body = { id: 'image://guarded/upload', data: { upload: true } };
    await bodyOf(taskport.call('POST', '/v1/elements', { body }), 201);
    const call = { raw: new Uint8Array(1024) };
    const path = `${pathOf(body.id)}/data`;
    for (const action of ['read', 'write', 'delete', 'admin']) {
      const answer = await taskport.callAs(role(action), 'PUT', path, call);
      expectProblem(answer, 403, 'permission-denied', { action: 'create' });
    }
    expect((await taskport.callAs(role('create'), 'PUT', path, call)).status).toBe(200);
  });

  it('prevent callers who may not read an element from making it a parent', async () => {
    const body = { id: 'image://image/spy', parentId: 'image://guarded/there' };
    const answer = await taskport.callAs(role('stranger'), 'POST', '/v1/elements', { body });
    expectProblem(answer, 403, 'permission-denied', { action: 'read' });
    const absent = { ...body, parentId: 'image://guarded/absent' };
    const probe = await taskport.callAs(role('stranger'), 'POST', '/v1/elements', { body: absent });
    expectProblem(probe, 403, 'permission-denied', { action: 'read' });
    expect((await taskport.callAs(role('read'), 'POST', '/v1/elements', { body })).status).toBe(201);
  });

  it('hide the location from the lists of callers who may not see it', async () => {
    const names = async (principal: string): Promise<string[]> =>
      (await taskport.callAs(principal, 'GET', '/v1/locations')).body.items.map(
        (item: { name: string }) => item.name,
      );
    expect(await names(role('read'))).toEqual(['guarded', 'image']);
    expect(await names(role('admin'))).toEqual(['guarded', 'image']);
    expect(await names(role('stranger'))).toEqual(['image']);
  });

  it('are absent if everyone may do everything', async () => {
    const body = { id: 'image://image/anyone' };
    expect((await taskport.callAs(role('stranger'), 'POST', '/v1/elements', { body })).status).toBe(201);
  });
});

describe('a principal', () => {
  it('is a role, for every session', async () => {
    for (const name of ['alice', 'i-0123456789', 'me@example.com']) {
      const answer = await taskport.callAs(session('read', name), 'GET', there);
      expect(answer.status).toBe(200);
    }
    const body = { id: 'image://image/by-session' };
    const created = await taskport.callAs(session('builder', 'run-1'), 'POST', '/v1/elements', { body });
    expect(created.body.createdBy).toBe(role('builder'));
    for (const arn of [
      session('reader', 'read'),
      session('rea', 'd'),
      'arn:aws:iam::123456789012:user/read',
    ]) {
      expectProblem(await taskport.callAs(arn, 'GET', there), 403, 'permission-denied');
    }
    expectProblem(
      await taskport.callAs('arn:aws:sts::999999999999:assumed-role/read/x', 'GET', there),
      403,
      'permission-denied',
    );
  });

  it('comes from the authorizer only', async () => {
    const headers = {
      authorization: 'Bearer local',
      'x-amzn-principal': 'local',
      'x-user-arn': role('read'),
    };
    const answer = await taskport.callAs(role('stranger'), 'GET', there, { headers });
    expectProblem(answer, 403, 'permission-denied');
  });

  const lambda = (authorizer: object, path: string, localPrincipal?: string) =>
    behindGateway(
      createApp(
        taskport.dependencies,
        defined({ log: () => {}, localPrincipal: localPrincipal || undefined }),
      ),
    )(gatewayEvent('GET', path, authorizer, {}, undefined) as never) as Promise<{
      statusCode: number;
      body: string;
    }>;

  it('may be the subject of a token', async () => {
    const grants = [{ principal: 'https://id.example.com|user-7', actions: ['read', 'admin'] }];
    await makeLocations(taskport, { name: 'by-token', kind: 'task', grants });
    const as = (claims: object) => lambda({ jwt: { claims } }, '/v1/locations/by-token');
    expect((await as({ iss: 'https://id.example.com', sub: 'user-7' })).statusCode).toBe(200);
    expect((await as({ iss: 'https://id.example.com', sub: 'user-8' })).statusCode).toBe(403);
    expect((await as({ sub: 'user-7' })).statusCode).toBe(401);
  });

  it('is unknown if the gateway names none, even to an API that is open on a laptop', async () => {
    for (const authorizer of [
      {},
      { iam: {} },
      { iam: { userArn: '' } },
      { jwt: {} },
      { lambda: { userArn: 'a' } },
    ]) {
      for (const local of [undefined, 'local']) {
        const answer = await lambda(authorizer, '/v1/locations', local);
        expect(answer.statusCode).toBe(401);
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'unauthenticated', status: 401 });
      }
    }
    expect((await lambda({}, '/v1/health')).statusCode).toBe(200);
  });
});
