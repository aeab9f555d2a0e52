/** The runner of a location: one engine at a time, by the service's clock alone (ADR 43). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Composer } from '../../composing.ts';
import { ADMINISTRATOR, type Answer, startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, sweep } from './support.ts';

const SILENCE = 300;
let taskport: Taskport;
let ahead = 0;

beforeAll(async () => {
  taskport = await startTaskport();
  const began = Date.now();
  Object.assign(taskport.dependencies, { now: () => began + ahead });
  await makeLocations(taskport, 'task', 'image');
});
afterAll(() => taskport.stop());

const pass = (seconds: number): void => {
  ahead += seconds * 1_000;
};

/** A location of executors, and its runner. */
const place = async (more: object = {}) => {
  const name = `l${randomUUID()}`;
  await makeLocations(taskport, { name, kind: 'executor', ...more });
  const path = `/v1/locations/${name}/runner`;
  const post = (step: string, body?: object): Promise<Answer> =>
    taskport.call('POST', `${path}/${step}`, body === undefined ? {} : { body });
  const read = () => bodyOf(taskport.call('GET', path), 200);
  const claim = (engine: string, epoch: number, more: object = {}): Promise<Answer> =>
    post('claim', { engine, runner: `runner of ${engine}`, epoch, ...more });
  return { name, path, post, read, claim };
};

describe('the lease of a location', () => {
  it('is free until a runner claims it, and then shows its holder, since when, and the last renewal', async () => {
    const { name, read, claim, post } = await place();
    expect(await read()).toEqual({ location: name, epoch: 0, state: 'free', silenceSeconds: SILENCE });
    expect(await bodyOf(claim('a', 0), 200)).toEqual({ epoch: 1, tookOver: false, silenceSeconds: SILENCE });
    pass(20);
    const held = await read();
    expect(held).toMatchObject({
      epoch: 1,
      state: 'held',
      engine: 'a',
      runner: 'runner of a',
      silentSeconds: 20,
    });
    const renewed = await bodyOf(post('renew', { epoch: 1 }), 200);
    expect(renewed).toMatchObject({ epoch: 1, claimedAt: held.claimedAt, silentSeconds: 0 });
    expect(Date.parse(renewed.heardAt)).toBeGreaterThan(Date.parse(held.heardAt));
    const { items } = await bodyOf(taskport.call('GET', '/v1/runners?limit=1000'), 200);
    expect(items).toContainEqual(renewed);
  });

  it('cannot be claimed if the location names an engine of the deployment', async () => {
    const { name, read, claim, post } = await place({ engine: 'fargate' });
    const shown = { location: name, epoch: 0, state: 'engine', engine: 'fargate', silenceSeconds: SILENCE };
    expect(await read()).toEqual(shown);
    const refused = await claim('a', 0);
    expectProblem(refused, 409, 'runner-elsewhere', { engine: 'fargate' });
    expect(refused.body.detail).toContain('no runner');
    expectProblem(await claim('fargate', 0), 409, 'runner-elsewhere');
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner');
    expect(await read()).toEqual(shown);
    const { items } = await bodyOf(taskport.call('GET', '/v1/runners?limit=1000'), 200);
    expect(items).toContainEqual(shown);
  });

  it('reports that an engine was removed, so that nothing starts or is bound there', async () => {
    const { name, read, claim } = await place({ engine: 'fargate' });
    const composer = await new Composer(
      (path, body) => taskport.call('POST', path, { body }),
      `executor://${name}/one`,
    );
    for (const id of [composer.executorId, 'image://image/away', 'task://task/away'])
      await bodyOf(taskport.call('POST', '/v1/elements', { body: { id } }), 201);
    await composer.open();
    await composer.mount('image://image/away', '/');
    await composer.join('task://task/away');
    const { engines } = taskport.dependencies;
    Object.assign(taskport.dependencies, { engines: new Set() });
    try {
      expect(await read()).toMatchObject({ state: 'no-engine', engine: 'fargate' });
      expectProblem(await claim('a', 0), 409, 'runner-elsewhere', { engine: 'fargate' });
      const refused = await taskport.call('POST', `/v1/compositions/${composer.handle}/bind`, { body: {} });
      expectProblem(refused, 409, 'invalid-state', { state: 'no-engine' });
      expect(refused.body.detail).toContain('deploy it with `fargate` again');
    } finally {
      Object.assign(taskport.dependencies, { engines });
    }
    await composer.bind();
    await composer.unbind();
  });

  it('is claimed at its present epoch, and by no other engine than its holder', async () => {
    const { claim } = await place();
    expectProblem(await claim('a', 1), 409, 'stale-runner', { epoch: 0 });
    await bodyOf(claim('a', 0), 200);
    expectProblem(await claim('a', 0), 409, 'stale-runner', { epoch: 1, engine: 'a' });
    expectProblem(await claim('b', 1), 409, 'runner-elsewhere', { engine: 'a', runner: 'runner of a' });
    // Another runner of the same engine may follow a lost one at once.
    expect(await bodyOf(claim('a', 1, { runner: 'next' }), 200)).toMatchObject({ epoch: 2, tookOver: false });
  });

  it('belongs to the last claim: renewals and reports of an older epoch are refused', async () => {
    const { name, claim, post } = await place();
    const executorId = `executor://${name}/one`;
    for (const id of [executorId, `task://task/${name}`, `image://image/${name}`])
      await bodyOf(taskport.call('POST', '/v1/elements', { body: { id } }), 201);
    const composer = await new Composer(
      (path, body) => taskport.call('POST', path, body ? { body } : {}),
      executorId,
    ).open();
    await composer.join(`task://task/${name}`);
    await composer.join(`image://image/${name}`, { mount: { path: '/' } });
    await composer.bind();
    const report = (state: object): Promise<Answer> =>
      taskport.call('POST', `/v1/elements/executor/${name}/one/tasks/task/${name}/reports`, {
        body: { attempt: 1, at: '2026-01-31T12:00:00Z', ...state },
      });
    await bodyOf(claim('a', 0), 200);
    await bodyOf(claim('a', 1, { runner: 'next' }), 200);
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner', { epoch: 2, engine: 'a' });
    expectProblem(await report({ state: 'running', epoch: 1 }), 409, 'stale-runner', { epoch: 2 });
    await bodyOf(report({ state: 'running', epoch: 2 }), 201);
    expectProblem(await report({ state: 'exited', exitCode: 0, epoch: 1 }), 409, 'stale-runner');
    // Executors without a runner need no lease.
    await bodyOf(report({ state: 'exited', exitCode: 0 }), 201);
  });

  it('can be given back, and is then free for any engine at once, without lost tasks', async () => {
    const { claim, post } = await place();
    await bodyOf(claim('a', 0), 200);
    expectProblem(await post('leave', { epoch: 2 }), 409, 'stale-runner', { epoch: 1 });
    expect(await bodyOf(post('leave', { epoch: 1 }), 200)).toMatchObject({ epoch: 2, state: 'free' });
    expectProblem(await post('leave', { epoch: 1 }), 409, 'stale-runner', { epoch: 2 });
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner');
    expect(await bodyOf(claim('b', 2), 200)).toMatchObject({ epoch: 3, tookOver: false });
  });

  it('is reserved for its engine after an interruption, and the next runner there need not wait', async () => {
    const { claim, post, read } = await place();
    await bodyOf(claim('a', 0), 200);
    const kept = await bodyOf(post('leave', { epoch: 1, keep: true }), 200);
    expect(kept).toMatchObject({ epoch: 1, state: 'held', engine: 'a' });
    expect(kept).not.toHaveProperty('runner');
    // A late copy of a renewal.
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner');
    expectProblem(await claim('b', 1), 409, 'runner-elsewhere', { engine: 'a' });
    await bodyOf(claim('a', 1, { runner: 'next' }), 200);
    await bodyOf(post('leave', { epoch: 2 }), 200);
    expect(await read()).toMatchObject({ epoch: 3, state: 'free' });
  });

  it('is not given back while the former runner of the engine may live', async () => {
    const { claim, post } = await place();
    await bodyOf(claim('a', 0), 200);
    pass(50);
    await bodyOf(claim('a', 1, { runner: 'next' }), 200);
    expectProblem(await post('leave', { epoch: 2 }), 409, 'invalid-state', { state: 'held' });
    pass(SILENCE - 51);
    expectProblem(await post('leave', { epoch: 2 }), 409, 'invalid-state');
    pass(1);
    await bodyOf(post('leave', { epoch: 2 }), 200);
    // A runner may also claim it again.
    await bodyOf(claim('a', 3), 200);
    await bodyOf(claim('a', 4), 200);
    await bodyOf(post('leave', { epoch: 5 }), 200);
  });

  it('may be fenced by an administrator after a long silence, and is then free for any engine', async () => {
    const { name, claim, post, path } = await place();
    expectProblem(await post('fence'), 409, 'invalid-state', { state: 'free' });
    await bodyOf(claim('a', 0), 200);
    pass(SILENCE - 1);
    expectProblem(await post('fence'), 409, 'invalid-state', { state: 'held' });
    await bodyOf(post('renew', { epoch: 1 }), 200);
    pass(SILENCE - 1);
    expectProblem(await post('fence'), 409, 'invalid-state', { state: 'held' });
    pass(1);
    const stranger = await taskport.callAs('arn:aws:iam::1:role/s', 'POST', `${path}/fence`);
    expectProblem(stranger, 403, 'permission-denied', { action: 'admin' });
    const fenced = await bodyOf(taskport.callAs(ADMINISTRATOR, 'POST', `${path}/fence`), 200);
    expect(fenced).toMatchObject({ location: name, epoch: 2, state: 'free' });
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner', { epoch: 2 });
    // The state of the other engine's tasks is unknown until they are reported as lost, also for later runners.
    expect(await bodyOf(claim('b', 2), 200)).toMatchObject({ epoch: 3, tookOver: true });
    expect(await bodyOf(claim('b', 3), 200)).toMatchObject({ epoch: 4, tookOver: true });
    await bodyOf(post('renew', { epoch: 4, settled: true }), 200);
    expect(await bodyOf(claim('b', 4), 200)).toMatchObject({ epoch: 5, tookOver: false });
  });

  it('may be taken over at its present epoch, after the requested silence', async () => {
    const { claim, post, read } = await place();
    await bodyOf(claim('a', 0), 200);
    const { heardAt } = await read();
    expectInvalid(
      await claim('b', 1, { takeover: { afterSeconds: SILENCE - 1, heardAt } }),
      'takeover.afterSeconds',
    );
    const takeover = { afterSeconds: 600, heardAt };
    pass(599);
    expectProblem(await claim('b', 1, { takeover }), 409, 'runner-elsewhere');
    await bodyOf(post('renew', { epoch: 1 }), 200);
    pass(601);
    // A late copy: the runner has renewed the lease since.
    expectProblem(await claim('b', 1, { takeover }), 409, 'runner-elsewhere');
    const { heardAt: last } = await read();
    const granted = await bodyOf(claim('b', 1, { takeover: { ...takeover, heardAt: last } }), 200);
    expect(granted).toMatchObject({ epoch: 2, tookOver: true });
    expectProblem(await post('renew', { epoch: 1 }), 409, 'stale-runner', { engine: 'b' });
  });

  it('exists for locations of executors only, and for one location of a name', async () => {
    expectProblem(await taskport.call('GET', '/v1/locations/task/runner'), 404, 'unknown-location');
    const { name, claim, read, path } = await place();
    await bodyOf(claim('a', 0), 200);
    await bodyOf(taskport.call('DELETE', `/v1/locations/${name}`), 202);
    await sweep(taskport, ahead + 3_600_000);
    expectProblem(await taskport.call('GET', path), 404, 'unknown-location');
    await makeLocations(taskport, { name, kind: 'executor' });
    expect(await read()).toMatchObject({ epoch: 0, state: 'free' });
  });

  it('tells what is wrong with a request', async () => {
    const { post } = await place();
    expectInvalid(
      await post('claim', { engine: '', epoch: -1, colour: 'red' }),
      'engine',
      'runner',
      'epoch',
      'colour',
    );
    expectInvalid(await post('renew', { epoch: 0 }), 'epoch');
    expectInvalid(await post('leave', { epoch: 1.5, keep: false }), 'epoch', 'keep');
  });
});
