import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { Composer, openStage, type Stage, type Verb } from '../../composing.ts';
import { startTaskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const open = (executorId: string) => stage.post('/v1/compositions', { executorId });
const get = (handle: string) => stage.call('GET', `/v1/compositions/${handle}`);
const VERBS: Verb[] = ['join', 'bind', 'unbind', 'leave', 'interrupt'];

/** A body with which the operation can succeed. */
const bodyFor = (verb: Verb, id: string): object =>
  defined({
    id,
    mount: verb === 'join' ? { path: '/' } : undefined,
    signal: verb === 'interrupt' ? 'TERM' : undefined,
  });

const expectRefused = async (handle: string, code: 'invalid-handle' | 'stale-handle', id: string) => {
  const status = code === 'invalid-handle' ? 400 : 409;
  expectProblem(await get(handle), status, code);
  expectProblem(await stage.call('GET', `/v1/compositions/${handle}/plan?target=oci`), status, code);
  for (const verb of VERBS) {
    const answer = await stage.post(`/v1/compositions/${handle}/${verb}`, bodyFor(verb, id));
    expectProblem(answer, status, code);
  }
};

describe('opening a composition', () => {
  it('answers a handle on an empty composition, its URL, and the same handle to all callers', async () => {
    const executorId = await stage.make('executor');
    const answer = await open(executorId);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/v1/compositions/${answer.body.handle}`);
    expect(answer.body.composition).toMatchObject({
      executorId,
      revision: 1,
      members: [],
      modifiedBy: 'local',
    });
    expect((await open(executorId)).body).toEqual(answer.body);
    expect((await get(answer.body.handle)).body).toEqual(answer.body);
  });

  it('creates one composition, however many callers open it at once', async () => {
    const executorId = await stage.make('executor');
    const answers = await Promise.all(Array.from({ length: 8 }, () => open(executorId)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.handle)).size).toBe(1);
  });

  it('needs an existing executor', async () => {
    expectInvalid(await open(await stage.make('task')), 'executorId');
    expectInvalid(await open('executor'), 'executorId');
    expectInvalid(await stage.post('/v1/compositions', {}), 'executorId');
    expectProblem(await open('executor://executor/nobody'), 404, 'not-found');
    expectProblem(await open('executor://nowhere/nobody'), 404, 'unknown-location');
    expectProblem(await open('executor://image/nobody'), 404, 'unknown-location');
  });
});

describe('a handle', () => {
  it('is replaced by every operation that succeeds', async () => {
    const composer = await stage.compose();
    const [imageId, taskId] = await stage.makeAll('image', 'task');
    const handles = [composer.handle];
    const steps = [
      () => composer.mount(imageId, '/'),
      () => composer.join(taskId),
      () => composer.bind(),
      () => composer.interrupt(taskId, 'HUP'),
      () => composer.interrupt(taskId, 'HUP'),
      () => composer.unbind(taskId),
      () => composer.unbind(imageId),
      () => composer.bind(imageId),
      () => composer.unbind(),
      () => composer.leave(imageId),
    ];
    for (const [at, step] of steps.entries()) {
      await step();
      handles.push(composer.handle);
      expect(composer.composition.revision).toBe(at + 2);
    }
    expect(new Set(handles).size).toBe(steps.length + 1);
    for (const stale of handles.slice(0, -1)) expectProblem(await get(stale), 409, 'stale-handle');
  });

  it('that is not the latest is stale, and changes nothing', async () => {
    const composer = await stage.compose();
    const id = await stage.make('image');
    const stale = composer.handle;
    await composer.mount(id, '/');
    await expectRefused(stale, 'stale-handle', id);
    const before = composer.composition;
    expect((await get(composer.handle)).body.composition).toEqual(before);
  });

  it('works for one of several concurrent callers', async () => {
    const composer = await stage.compose();
    const ids = await Promise.all(Array.from({ length: 6 }, () => stage.make('task')));
    const path = `/v1/compositions/${composer.handle}/join`;
    const answers = await Promise.all(ids.map((id) => stage.post(path, { id })));
    const [accepted, ...others] = answers.toSorted((a, b) => a.status - b.status);
    expect(accepted?.status).toBe(200);
    for (const other of others) expectProblem(other, 409, 'stale-handle');
    expect((await open(composer.executorId)).body.composition.members).toHaveLength(1);
  });

  it('stays valid after a refused operation, and after one that changed nothing', async () => {
    const composer = await stage.grounded();
    const { handle } = composer;
    expectProblem(await composer.attempt('leave', { id: composer.rootId }), 409, 'already-bound');
    expectProblem(await composer.attempt('bind', { id: 'task://task/nobody' }), 409, 'not-joined');
    expect((await composer.attempt('bind')).body).toMatchObject({ handle });
    await composer.unbind();
    const unbound = composer.handle;
    expect((await composer.attempt('unbind')).body).toMatchObject({ handle: unbound });
  });

  it('stays valid after changes of the executor’s metadata and after reports', async () => {
    const composer = await stage.busy();
    const body = { metadata: { rw: { rack: '7' } } };
    await bodyOf(stage.call('PATCH', pathOf(composer.executorId), { body }), 200);
    await bodyOf(composer.report(composer.taskId, { attempt: 1, state: 'running' }), 201);
    const { handle, composition } = (await open(composer.executorId)).body;
    expect(handle).toBe(composer.handle);
    expect(composition.revision).toBe(composer.composition.revision + 1);
    expect(composition.members[1].task.state).toBe('running');
    expect((await composer.interrupt(composer.taskId, 'HUP')).task.state).toBe('running');
  });

  it('is refused if it was cut, changed or made up', async () => {
    const composer = await stage.compose();
    const id = await stage.make('image');
    const { handle } = composer;
    const parts = JSON.parse(Buffer.from(handle, 'base64url').toString());
    const forge = (change: (copy: string[]) => unknown) =>
      Buffer.from(JSON.stringify(change([...parts]))).toString('base64url');
    const other = await stage.compose();
    const otherParts = JSON.parse(Buffer.from(other.handle, 'base64url').toString());
    const forged = [
      handle.slice(0, -1),
      handle.slice(1),
      `${handle}A`,
      `${handle}=`,
      'x',
      forge(([location, , ...rest]) => [location, 'another', ...rest]),
      forge(([location, name, , seal]) => [location, name, otherParts[2], seal]),
      forge((all) => [...all, 'more']),
      forge((all) => ({ ...all })),
      Buffer.from('null').toString('base64url'),
    ];
    for (const text of forged) expectProblem(await get(text), 400, 'invalid-handle');
    await expectRefused(handle.slice(0, -1), 'invalid-handle', id);
    expect((await get(handle)).status).toBe(200);
  });

  it('of another deployment is refused', async () => {
    const another = await startTaskport();
    await makeLocations(another, 'executor', 'image');
    const executorId = await stage.make('executor');
    await bodyOf(another.call('POST', '/v1/elements', { body: { id: executorId } }), 201);
    const foreign = await new Composer(
      (path, body) => another.call('POST', path, { body }),
      executorId,
    ).open();
    await open(executorId);
    await expectRefused(foreign.handle, 'invalid-handle', await stage.make('image'));
    await another.stop();
  });

  it('of a deleted executor is stale, even if a new one has its name', async () => {
    const composer = await stage.compose();
    const { executorId, handle } = composer;
    await bodyOf(stage.call('DELETE', pathOf(executorId)), 204);
    const id = await stage.make('image');
    await expectRefused(handle, 'stale-handle', id);
    expectProblem(await open(executorId), 404, 'not-found');
    await bodyOf(stage.post('/v1/elements', { id: executorId }), 201);
    await composer.open();
    expect(composer.composition.members).toEqual([]);
    await expectRefused(handle, 'stale-handle', id);
  });
});

describe('an executor', () => {
  it('shows its composition on request', async () => {
    const composer = await stage.busy();
    const path = pathOf(composer.executorId);
    expect((await stage.call('GET', path)).body.composition).toEqual(composer.composition);
    const { body } = await stage.call('GET', `${path}?fields=composition`);
    expect(body).toEqual({ id: composer.executorId, composition: composer.composition });
    for (const fields of ['attributes', 'rw', 'spec']) {
      expect((await stage.call('GET', `${path}?fields=${fields}`)).body).not.toHaveProperty('composition');
    }
    const unopened = await stage.call('GET', pathOf(await stage.make('executor')));
    expect(unopened.body).not.toHaveProperty('composition');
  });

  it('has an entity tag that changes with its composition, and checks both', async () => {
    const composer = await stage.busy();
    const path = pathOf(composer.executorId);
    const tagNow = async () => (await stage.call('GET', path)).headers.get('etag') as string;
    const tag = await tagNow();
    expect((await stage.call('GET', path, { headers: { 'if-none-match': tag } })).status).toBe(304);
    await bodyOf(composer.report(composer.taskId, { attempt: 1, state: 'running' }), 201);
    expect((await stage.call('GET', path, { headers: { 'if-none-match': tag } })).status).toBe(200);
    const reported = await tagNow();
    await composer.interrupt(composer.taskId, 'HUP');
    expect(new Set([tag, reported, await tagNow()]).size).toBe(3);
    const change = (ifMatch: string) =>
      stage.call('PATCH', path, {
        body: { metadata: { rw: { a: 'b' } } },
        headers: { 'if-match': ifMatch },
      });
    for (const known of [tag, reported]) {
      expectProblem(await change(known), 412, 'revision-mismatch', { revision: 1 });
    }
    const changed = await change(await tagNow());
    expect(changed.status).toBe(200);
    // For changes, and for reads without the composition, the tag checks the element alone.
    await composer.interrupt(composer.taskId, 'HUP');
    expect((await change(changed.headers.get('etag') as string)).status).toBe(200);
    const { headers } = await stage.call('GET', `${path}?fields=rw`);
    await composer.interrupt(composer.taskId, 'HUP');
    expect((await change(headers.get('etag') as string)).status).toBe(200);
  });

  it('is in use by its members, and can be deleted after they have left', async () => {
    const composer = await stage.grounded();
    const taskId = await stage.make('task');
    await composer.join(taskId);
    const remove = () => stage.call('DELETE', pathOf(composer.executorId));
    const members = [composer.rootId, taskId].map((id) => ({ id, kind: 'member' }));
    expectProblem(await remove(), 409, 'in-use', { references: members, hidden: 0 });
    await composer.unbind();
    await composer.leave(taskId);
    expectProblem(await remove(), 409, 'in-use', { references: members.slice(0, 1) });
    await composer.leave(composer.rootId);
    expect((await remove()).status).toBe(204);
  });
});
