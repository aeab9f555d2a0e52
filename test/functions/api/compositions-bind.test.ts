import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../../composing.ts';
import { expectInvalid, expectProblem } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const logging = (stdout: string, stderr: string) => ({ spec: { logging: { stdout, stderr } } });

describe('binding', () => {
  it('without an ID binds all members in one step, in any order of their joins', async () => {
    const composer = await stage.compose();
    const [image, log] = await stage.makeAll('image', 'log');
    const [first, second] = await stage.makeAll('task', 'task');
    await composer.join(first);
    await composer.join(log);
    await composer.join(second);
    await composer.mount(image, '/');
    const { revision } = composer.composition;
    await composer.bind();
    expect(composer.ids('bound')).toEqual([first, log, second, image]);
    expect(composer.composition.revision).toBe(revision + 1);
    expect(composer.member(first).task).toMatchObject({ state: 'bound', attempt: 1 });
    expect(Date.parse(composer.member(first).task.boundAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('binds the named member, and later the rest', async () => {
    const composer = await stage.compose();
    const [image, volume] = await stage.makeAll('image', 'volume');
    await composer.mount(image, '/');
    await composer.mount(volume, '/data');
    expect((await composer.bind(volume)).bound).toBe(true);
    expect(composer.ids('bound')).toEqual([volume]);
    expectProblem(await composer.attempt('bind', { id: volume }), 409, 'already-bound', { id: volume });
    await composer.bind();
    expect(composer.ids('bound')).toEqual([image, volume]);
  });

  it('needs a member', async () => {
    const composer = await stage.compose();
    const id = await stage.make('image');
    for (const verb of ['bind', 'unbind', 'leave'] as const) {
      expectProblem(await composer.attempt(verb, { id }), 409, 'not-joined', { id });
      expectInvalid(await composer.attempt(verb, { id: 'alpine' }), 'id');
      expectInvalid(await composer.attempt(verb, { id, force: true }), 'force');
    }
    expectInvalid(await composer.attempt('leave', {}), 'id');
  });

  it('needs no body; a body must be valid JSON', async () => {
    const { handle } = await stage.compose();
    for (const verb of ['bind', 'unbind']) {
      const path = `/v1/compositions/${handle}/${verb}`;
      const text = { raw: '{}', headers: { 'content-type': 'text/plain' } };
      expectProblem(await stage.call('POST', path, text), 415, 'unsupported-media-type');
      expectInvalid(await stage.call('POST', path, { body: [] }), 'body');
      expectInvalid(await stage.call('POST', path, { body: { id: null } }), 'id');
      for (const call of [{}, { body: {} }]) expect((await stage.call('POST', path, call)).status).toBe(200);
    }
    expectProblem(
      await stage.call('POST', `/v1/compositions/${handle}/leave`),
      415,
      'unsupported-media-type',
    );
    expectProblem(await stage.call('GET', `/v1/compositions/${handle}/bind`), 405, 'method-not-allowed');
    expectProblem(await stage.post(`/v1/compositions/${handle}/start`), 404, 'unknown-route');
  });

  it('starts a new attempt of a task each time', async () => {
    const composer = await stage.busy();
    await composer.unbind(composer.taskId);
    expect(composer.member(composer.taskId).task).toMatchObject({ state: 'created', attempt: 1 });
    expect((await composer.bind(composer.taskId)).task).toMatchObject({ state: 'bound', attempt: 2 });
  });
});

describe('a task with nothing bound at /', () => {
  it('is not bound, alone or with all others, and nothing changes', async () => {
    const composer = await stage.compose();
    const [image, task] = await stage.makeAll('image', 'task');
    await composer.join(task);
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'no-root-filesystem');
    await composer.mount(image, '/opt');
    expectProblem(await composer.attempt('bind'), 409, 'no-root-filesystem');
    await composer.open();
    expect(composer.ids('bound')).toEqual([]);
    await composer.bind(image);
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'no-root-filesystem');
    const root = await stage.make('volume');
    await composer.mount(root, '/');
    // A member that is joined but not bound does not count.
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'no-root-filesystem');
    await composer.bind(root);
    expect((await composer.bind(task)).bound).toBe(true);
  });
});

describe('unbinding', () => {
  it('without an ID unbinds all members in one step, and they stay', async () => {
    const composer = await stage.busy();
    await composer.unbind();
    expect(composer.ids('bound')).toEqual([]);
    expect(composer.ids()).toEqual([composer.rootId, composer.taskId]);
  });

  it('needs a bound member', async () => {
    const composer = await stage.grounded();
    await composer.unbind(composer.rootId);
    expectProblem(await composer.attempt('unbind', { id: composer.rootId }), 409, 'not-bound');
  });

  it('refuses storage while a task is bound, and names the task, because all of it is mounted', async () => {
    const composer = await stage.grounded();
    const [volume, task] = await stage.makeAll('volume', 'task');
    await composer.mount(volume, '/data', { readOnly: true });
    await composer.join(task);
    await composer.bind();
    for (const id of [composer.rootId, volume]) {
      const references = [{ id: task, kind: 'task' }];
      expectProblem(await composer.attempt('unbind', { id }), 409, 'in-use', { references, hidden: 0 });
    }
    expect(composer.ids('bound')).toHaveLength(3);
    await composer.unbind(task);
    await composer.unbind(volume);
    expect(composer.ids('bound')).toEqual([composer.rootId]);
  });
});

describe('leaving', () => {
  it('needs an unbound member, and frees its place', async () => {
    const composer = await stage.busy();
    for (const id of [composer.rootId, composer.taskId]) {
      expectProblem(await composer.attempt('leave', { id }), 409, 'already-bound', { id });
    }
    await composer.unbind();
    await composer.leave(composer.rootId);
    expect(composer.ids()).toEqual([composer.taskId]);
    await composer.mount(composer.rootId, '/');
  });
});

describe('logs', () => {
  it('that joined first take output by default: tasks are bound with them or after them', async () => {
    const composer = await stage.grounded();
    const [sink, other] = await stage.makeAll('log', 'log');
    const task = await stage.make('task');
    await composer.join(sink);
    await composer.join(other);
    await composer.join(task);
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'not-bound', { id: sink });
    await composer.bind(sink);
    await composer.bind(task);
    const references = [{ id: task, kind: 'task' }];
    expectProblem(await composer.attempt('unbind', { id: sink }), 409, 'in-use', { references });
    await composer.bind(other);
    await composer.unbind(other);
    await composer.unbind(task);
    await composer.unbind(sink);
  });

  it('that a task names must be joined and bound', async () => {
    const composer = await stage.grounded();
    const [sink, audit] = await stage.makeAll('log', 'log');
    const task = await stage.make('task', logging('default', audit));
    await composer.join(sink);
    await composer.bind(sink);
    await composer.join(task);
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'not-joined', { id: audit });
    expectProblem(await composer.attempt('bind'), 409, 'not-joined', { id: audit });
    await composer.join(audit);
    expectProblem(await composer.attempt('bind', { id: task }), 409, 'not-bound', { id: audit });
    await composer.bind();
    for (const id of [sink, audit]) {
      expectProblem(await composer.attempt('unbind', { id }), 409, 'in-use');
      expectProblem(await composer.attempt('leave', { id }), 409, 'already-bound');
    }
    await composer.unbind();
  });

  it('are not needed by a task without output, or without a joined log', async () => {
    const composer = await stage.grounded();
    const [quiet, plain] = [await stage.make('task', logging('none', 'none')), await stage.make('task')];
    await composer.join(plain);
    await composer.bind(plain);
    const log = await stage.make('log');
    await composer.join(log);
    await composer.join(quiet);
    expect((await composer.bind(quiet)).bound).toBe(true);
  });
});

describe('a signal', () => {
  it('is requested by name, with or without SIG, and counted', async () => {
    const composer = await stage.busy();
    const signal = async (name: string) => (await composer.interrupt(composer.taskId, name)).task.interrupt;
    expect(await signal('SIGTERM')).toEqual({ signal: 'TERM', count: 1, attempt: 1 });
    expect(await signal('TERM')).toEqual({ signal: 'TERM', count: 2, attempt: 1 });
    expect(await signal('IOT')).toEqual({ signal: 'ABRT', count: 3, attempt: 1 });
    expect(await signal('RTMIN+3')).toEqual({ signal: 'RTMIN+3', count: 4, attempt: 1 });
    expect(composer.member(composer.taskId)).toMatchObject({ bound: true, task: { state: 'bound' } });
    for (const name of ['term', 'SIGSIGTERM', '15', '', 15]) {
      const body = { id: composer.taskId, signal: name };
      expectInvalid(await composer.attempt('interrupt', body), 'signal');
    }
    expectInvalid(await composer.attempt('interrupt', { id: composer.taskId }), 'signal');
  });

  it('needs a bound task that has not ended', async () => {
    const composer = await stage.busy();
    const { rootId, taskId } = composer;
    const signal = (id: string) => composer.attempt('interrupt', { id, signal: 'TERM' });
    expectInvalid(await signal(rootId), 'id');
    expectProblem(await signal('task://task/nobody'), 409, 'not-joined');
    await composer.report(taskId, { attempt: 1, state: 'running' });
    await composer.interrupt(taskId, 'HUP');
    await composer.report(taskId, { attempt: 1, state: 'exited', exitCode: 0 });
    expectProblem(await signal(taskId), 409, 'invalid-state', { state: 'exited' });
    await composer.unbind(taskId);
    expectProblem(await signal(taskId), 409, 'not-bound');
    await composer.bind(taskId);
    await composer.report(taskId, { attempt: 2, state: 'failed', launchError: 'no such file' });
    expectProblem(await signal(taskId), 409, 'invalid-state', { state: 'failed' });
  });
});
