/** Closing a composition removes everything, after its tasks have ended and its writes are saved. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Composition } from '../../../lib/composition/composition.ts';
import { type Composer, openStage, type Stage } from '../../composing.ts';
import { ADMINISTRATOR } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, sweep } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const close = ({ handle }: Pick<Composer, 'handle'>, query = '') =>
  stage.call('DELETE', `/v1/compositions/${handle}${query}`);
const statusOf = async (id: string): Promise<number> => (await stage.call('GET', pathOf(id))).status;
const read = ({ handle }: Pick<Composer, 'handle'>) => stage.call('GET', `/v1/compositions/${handle}`);
const later = (ahead = 120_000) => sweep(stage, ahead);

describe('a closed composition', () => {
  it('is removed at once if no task runs, with its executor', async () => {
    const [composer, [volume, spare, log]] = [
      await stage.busy(),
      await stage.makeAll('volume', 'volume', 'log'),
    ];
    await composer.unbind();
    await composer.mount(volume, '/data');
    await composer.mount(spare, '/scratch', { persistent: false });
    await composer.join(log);
    expect((await close(composer, '?executor=delete')).status).toBe(204);
    expectProblem(await read(composer), 409, 'stale-handle');
    expect(await statusOf(composer.executorId)).toBe(404);
    expect(await statusOf(spare)).toBe(404);
    for (const id of [composer.rootId, composer.taskId, volume, log])
      expect((await stage.call('DELETE', pathOf(id))).status).toBe(204);
  });

  it('keeps the executor, without members, unless the caller deletes it', async () => {
    const composer = await stage.grounded();
    expect((await close(composer)).status).toBe(204);
    expectProblem(await read(composer), 409, 'stale-handle');
    const { composition } = await bodyOf(
      stage.post('/v1/compositions', { executorId: composer.executorId }),
      201,
    );
    expect(composition.members).toEqual([]);
    expect(composition.closing).toBeUndefined();
  });

  it('waits for a running task, reports that, and accepts no new members', async () => {
    const [composer, image] = [await stage.busy(), await stage.make('image')];
    const { taskId } = composer;
    expect((await composer.report(taskId, { attempt: 1, state: 'running' })).status).toBe(201);
    const { handle, composition } = await bodyOf(close(composer, '?executor=delete'), 202);
    expect(handle).toBe(composer.handle);
    expect(composition.closing).toMatchObject({
      executor: 'delete',
      by: 'local',
      waitsFor: [{ id: taskId, why: 'running' }],
    });
    const closing = { state: 'closing' };
    expectProblem(
      await composer.attempt('join', { id: image, mount: { path: '/b' } }),
      409,
      'invalid-state',
      closing,
    );
    expectProblem(await composer.attempt('bind'), 409, 'invalid-state', closing);
    const { executorId } = composer;
    for (const more of [{ members: [{ task: { name: 'a' } }] }, { members: [], handle }])
      expectProblem(
        await stage.post('/v1/compositions', { executorId, ...more }),
        409,
        'invalid-state',
        closing,
      );
    // A repeated call has the same effect.
    expect((await bodyOf(close(composer, '?executor=delete'), 202)).composition.revision).toBe(
      composition.revision,
    );
    await later();
    expect(await statusOf(executorId)).toBe(200);
    expect((await composer.report(taskId, { attempt: 1, state: 'exited', exitCode: 0 })).status).toBe(201);
    await later();
    expect(await statusOf(executorId)).toBe(404);
    expect((await stage.call('DELETE', pathOf(taskId))).status).toBe(204);
  });

  it('waits for a lost machine until an administrator gives it up, and then reports the task as lost', async () => {
    await makeLocations(stage, { name: 'lonely', kind: 'executor' });
    const executorId = 'executor://lonely/one';
    const image = await stage.make('image');
    const runner = '/v1/locations/lonely/runner';
    await bodyOf(stage.post(`${runner}/claim`, { engine: 'lost-engine', runner: 'one', epoch: 0 }), 200);
    const members = [{ id: image, mount: { path: '/' } }, { task: { name: 'main' } }];
    const made = await bodyOf(
      stage.post('/v1/compositions', { executorId, executor: {}, members, bind: true }),
      201,
    );
    const reports = `${pathOf(executorId)}/tasks/lonely/main/reports`;
    const at = new Date().toISOString();
    expect((await stage.post(reports, { attempt: 1, state: 'running', at })).status).toBe(201);
    const { composition } = await bodyOf(close(made, '?executor=delete'), 202);
    expect(composition.closing.waitsFor[0].message).toContain('an administrator fences the runner');
    const { compositions } = stage.dependencies;
    const closing = (await compositions.get(executorId)) as Composition;
    await later(1_000_000);
    expect(await statusOf(executorId)).toBe(200);
    Object.assign(stage.dependencies, { now: () => Date.now() + 2_000_000 });
    await bodyOf(stage.callAs(ADMINISTRATOR, 'POST', `${runner}/fence`), 200);
    await later(4_000_000);
    expect(await statusOf(executorId)).toBe(404);
    const { items } = await compositions.reports(closing, `${executorId}/tasks/main`, 10);
    const lost = expect.stringContaining('lost-engine');
    expect(items).toMatchObject([{ state: 'running' }, { state: 'failed', reason: 'lost', lost }]);
    Object.assign(stage.dependencies, { now: Date.now });
  });

  it('is refused at once if its executor should be deleted but has children; nothing changes', async () => {
    const composer = await stage.busy();
    const child = await stage.make('executor', { parentId: composer.executorId });
    const references = [{ id: child, kind: 'child' }];
    expectProblem(await close(composer, '?executor=delete'), 409, 'in-use', { references });
    expect((await bodyOf(read(composer), 200)).composition).toEqual(composer.composition);
    expect((await close(composer)).status).toBe(204);
  });

  it('waits for children that were created meanwhile, until they are deleted', async () => {
    const composer = await stage.busy();
    const { executorId, taskId } = composer;
    await composer.report(taskId, { attempt: 1, state: 'running' });
    await close(composer, '?executor=delete');
    const child = await stage.make('executor', { parentId: executorId });
    await composer.report(taskId, { attempt: 1, state: 'exited', exitCode: 0 });
    await later();
    expect(await statusOf(executorId)).toBe(200);
    await stage.call('DELETE', pathOf(child));
    await later(600_000);
    expect(await statusOf(executorId)).toBe(404);
  });

  it('needs the latest handle of an existing composition', async () => {
    const composer = await stage.grounded();
    expectProblem(await close({ handle: 'nonsense' }), 400, 'invalid-handle');
    expectInvalid(await close(composer, '?executor=yes'), '?executor');
    expectInvalid(await close(composer, '?discard=perhaps'), '?discard');
    expectInvalid(await close(composer, '?force=true'), '?force');
    const { handle } = composer;
    await composer.unbind();
    expectProblem(await close({ handle }), 409, 'stale-handle');
  });
});

describe('the permission to close', () => {
  const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
  it('is that to compose, and to delete if the executor is deleted', async () => {
    const grants = [
      { principal: 'local', actions: ['admin', 'create', 'read', 'compose'] },
      { principal: role('composer'), actions: ['compose', 'read'] },
      { principal: role('cleaner'), actions: ['compose', 'read', 'delete'] },
    ];
    await makeLocations(stage, { name: 'guarded', kind: 'executor', grants });
    const executorId = 'executor://guarded/one';
    const made = await bodyOf(stage.post('/v1/compositions', { executorId, executor: {} }), 201);
    const as = (who: string, query: string) =>
      stage.callAs(role(who), 'DELETE', `/v1/compositions/${made.handle}${query}`);
    expectProblem(await as('nobody', ''), 403, 'permission-denied');
    expectProblem(await as('composer', '?executor=delete'), 403, 'permission-denied');
    expect((await as('cleaner', '?executor=delete')).status).toBe(204);
  });
});
