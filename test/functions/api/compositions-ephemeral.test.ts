import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, openStage, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, pathOf } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const always = { spec: { restart: { mode: 'always' } } };

describe('while a task is bound', () => {
  it('storage can neither join, nor be bound, nor leave', async () => {
    const composer = await stage.grounded();
    const [task, volume, other] = await stage.makeAll('task', 'volume', 'image');
    await composer.mount(volume, '/data');
    await composer.join(task);
    await composer.bind(task);
    const refusal = { state: 'bound' };
    for (const mount of [{ path: '/a' }, { path: '/b', readOnly: true }]) {
      expectProblem(await composer.attempt('join', { id: other, mount }), 409, 'invalid-state', refusal);
    }
    expectProblem(await composer.attempt('bind', { id: volume }), 409, 'invalid-state', refusal);
    expectProblem(await composer.attempt('bind'), 409, 'invalid-state', refusal);
    expectProblem(await composer.attempt('leave', { id: volume }), 409, 'invalid-state', refusal);
    expect(composer.ids('bound')).toEqual([composer.rootId, task]);
    await composer.unbind(task);
    await composer.mount(other, '/a');
    await composer.bind(volume);
    await composer.unbind(volume);
    await composer.leave(volume);
  });

  it('storage with associated tasks cannot join, either', async () => {
    const composer = await stage.busy();
    const [image, task] = [await stage.make('image'), await stage.make('task', always)];
    await bodyOf(stage.call('PUT', associationPath(image, task)), 200);
    const body = { id: image, mount: { path: '/a' } };
    expectProblem(await composer.attempt('join', body), 409, 'invalid-state', { state: 'bound' });
  });

  it('a volume that does not persist cannot join, and stays unchanged', async () => {
    const [composer, volume] = [await stage.busy(), await stage.make('volume')];
    const body = { id: volume, mount: { path: '/a', persistent: false } };
    expectProblem(await composer.attempt('join', body), 409, 'invalid-state', { state: 'bound' });
    expect((await stage.call('DELETE', pathOf(volume))).status).toBe(204);
  });

  it('this also holds after the task has ended, until it is unbound', async () => {
    const [composer, volume] = [await stage.busy(), await stage.make('volume')];
    await composer.report(composer.taskId, { attempt: 1, state: 'exited', exitCode: 0 });
    const body = { id: volume, mount: { path: '/a' } };
    expectProblem(await composer.attempt('join', body), 409, 'invalid-state', { state: 'bound' });
    await composer.unbind(composer.taskId);
    await composer.mount(volume, '/a');
  });

  it('logs can join and leave', async () => {
    const [composer, log] = [await stage.busy(), await stage.make('log')];
    await composer.join(log);
    await composer.leave(log);
  });
});

describe('a task that joins while another is bound', () => {
  const ephemeral = async (more: object = {}) => {
    const [composer, id] = [await stage.busy(), await stage.make('task', more)];
    const { task } = await composer.join(id);
    expect(task).toMatchObject({ state: 'created', ephemeral: true });
    return { composer, id };
  };

  it.each([
    ['exited', { state: 'exited', exitCode: 7 }],
    ['was killed', { state: 'exited', exitSignal: 'KILL' }],
    ['could not be started', { state: 'failed', launchError: 'no such file' }],
  ])('leaves by itself when it %s, and can then be deleted', async (_, end) => {
    const { composer, id } = await ephemeral();
    await composer.bind(id);
    await bodyOf(composer.report(id, { attempt: 1, ...end }), 201);
    await composer.open();
    expect(composer.ids()).toEqual([composer.rootId, composer.taskId]);
    expectProblem(await composer.report(id, { attempt: 1, ...end }), 409, 'not-joined', { id });
    expect((await stage.call('DELETE', pathOf(id))).status).toBe(204);
  });

  it('stays while it runs, and leaves without changing handles', async () => {
    const { composer, id } = await ephemeral();
    await composer.bind(id);
    const { handle } = composer;
    await composer.report(id, { attempt: 1, state: 'running' });
    expect((await composer.open()).ids()).toContain(id);
    await composer.report(id, { attempt: 1, state: 'exited', exitCode: 0 });
    expect((await composer.open()).handle).toBe(handle);
    // Its name can be used again, and its attempts are numbered on.
    await composer.join(id);
    expect((await composer.bind(id)).task.attempt).toBe(2);
  });

  it('leaves by itself, also after a request to stop', async () => {
    const { composer, id } = await ephemeral();
    await composer.bind(id);
    await composer.report(id, { attempt: 1, state: 'running' });
    await composer.unbind(id);
    await composer.report(id, { attempt: 1, state: 'exited', exitSignal: 'TERM' });
    expect((await composer.open()).ids()).not.toContain(id);
  });

  it('may leave like any other, and may join again as another kind of task', async () => {
    const { composer, id } = await ephemeral();
    expect(composer.member(composer.taskId).task.ephemeral).toBe(false);
    await composer.leave(id);
    await composer.unbind(composer.taskId);
    expect((await composer.join(id)).task.ephemeral).toBe(false);
  });

  it('never restarts: a restart policy is refused, and may be overridden', async () => {
    const [composer, id] = [await stage.busy(), await stage.make('task', always)];
    const [often] = [await stage.make('task', { spec: { restart: { mode: 'on-failure' } } })];
    for (const task of [id, often]) {
      expectInvalid(await composer.attempt('join', { id: task }), 'overrides.restart.mode');
    }
    await composer.join(id, { overrides: { restart: { mode: 'never' } } });
    const idle = await stage.grounded();
    await idle.join(id);
  });

  it('stays after an earlier task has ended, which does not leave', async () => {
    const { composer, id } = await ephemeral();
    await composer.report(composer.taskId, { attempt: 1, state: 'exited', exitCode: 0 });
    expect((await composer.open()).ids()).toEqual([composer.rootId, composer.taskId, id]);
    expect(composer.member(composer.taskId)).toMatchObject({ bound: true, task: { state: 'exited' } });
  });
});
