import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import { type Composer, openStage, reportsPath, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, pathOf, readPages } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

type Busy = Composer & { readonly rootId: string; readonly taskId: string };
const at = '2026-01-31T12:00:00Z';
const later = '2026-01-31T13:00:00.5Z';
const report = (composer: Busy, said: object) => composer.report(composer.taskId, { at, ...said });
const accept = (composer: Busy, said: object) => bodyOf(report(composer, said), 201);
const runOf = async (composer: Busy) => {
  const {
    revision: _,
    spec: __,
    ephemeral: ___,
    boundAt: ____,
    boundBy: _____,
    heardAt,
    runningSince,
    ranSeconds,
    ...run
  } = (await composer.open()).member(composer.taskId).task;
  // Times are by the service's clock, not by the reporter's.
  for (const heard of [heardAt, runningSince]) {
    if (heard !== undefined) expect(Date.now() - Date.parse(heard)).toBeLessThan(60_000);
  }
  return run;
};

describe('a report on a task', () => {
  it('is answered as accepted, and becomes the state of the task', async () => {
    const composer = await stage.busy();
    const running = { attempt: 1, state: 'running', at };
    expect(await accept(composer, running)).toEqual(running);
    expect(await runOf(composer)).toEqual({ state: 'running', attempt: 1, startedAt: at });
    const exited = { attempt: 1, state: 'exited', exitCode: 7, at: later };
    expect(await accept(composer, exited)).toEqual({ ...exited, reason: 'failed' });
    expect(await runOf(composer)).toEqual({
      state: 'exited',
      attempt: 1,
      reason: 'failed',
      exitCode: 7,
      startedAt: at,
      endedAt: later,
    });
    expect(composer.member(composer.taskId).task.boundAt).toBeTypeOf('string');
    expect(composer.ids('bound')).toContain(composer.taskId);
  });

  it('tells where the output is, and whether bad health ended the task', async () => {
    const composer = await stage.busy();
    const output = { stdout: 'file:///var/log/taskport/a.log', stderr: 's3://logs/boxes/a/' };
    expect(await accept(composer, { attempt: 1, state: 'running', output })).toMatchObject({ output });
    expect(await runOf(composer)).toMatchObject({ output });
    await accept(composer, { attempt: 1, state: 'exited', exitCode: 0, unhealthy: true });
    expect(await runOf(composer)).toMatchObject({ exitCode: 0, unhealthy: true, output });
    for (const [stdout, path] of [
      ['/var/log/a.log', 'output.stdout'],
      [`file:///${'a'.repeat(2048)}`, 'output.stdout'],
    ] as const) {
      expectInvalid(await report(composer, { attempt: 1, state: 'running', output: { stdout } }), path);
    }
    expectInvalid(await report(composer, { attempt: 1, state: 'running', unhealthy: true }), 'unhealthy');
  });

  it('may tell that a signal ended the task, or that it did not start', async () => {
    const composer = await stage.busy();
    expect(await accept(composer, { attempt: 1, state: 'exited', exitSignal: 'SIGKILL' })).toMatchObject({
      exitSignal: 'KILL',
    });
    expect(await runOf(composer)).toEqual({
      state: 'exited',
      attempt: 1,
      reason: 'failed',
      exitSignal: 'KILL',
      endedAt: at,
    });
    await composer.unbind(composer.taskId);
    await composer.bind(composer.taskId);
    await accept(composer, { attempt: 2, state: 'failed', launchError: 'no such file: /bin/tool' });
    expect(await runOf(composer)).toEqual({
      state: 'failed',
      attempt: 2,
      reason: 'launch-error',
      launchError: 'no such file: /bin/tool',
      endedAt: at,
    });
  });

  it('may tell that the task ran out of memory, or is lost', async () => {
    const composer = await stage.busy();
    const starved = { attempt: 1, state: 'exited', exitSignal: 'KILL', outOfMemory: true };
    expect(await accept(composer, starved)).toEqual({ ...starved, reason: 'out-of-memory', at });
    expect(await runOf(composer)).toMatchObject({ reason: 'out-of-memory', outOfMemory: true });
    await composer.unbind(composer.taskId);
    await composer.bind(composer.taskId);
    const lost = { attempt: 2, state: 'failed', lost: 'the engine was restarted' };
    expect(await accept(composer, lost)).toEqual({ ...lost, reason: 'lost', at });
    expect(await runOf(composer)).toMatchObject({ state: 'failed', reason: 'lost', lost: lost.lost });
  });

  it('is answered with the reason that the service knows, also if repeated', async () => {
    const composer = await stage.busy();
    await accept(composer, { attempt: 1, state: 'running' });
    await composer.open();
    await composer.unbind(composer.taskId);
    const said = { at, attempt: 1, state: 'exited', exitCode: 0 };
    const path = reportsPath(composer.executorId, composer.taskId);
    const key = { 'idempotency-key': 'stopped' };
    for (const headers of [key, key, {}]) {
      const answer = await stage.post(path, said, headers);
      expect([answer.status, answer.body.reason]).toEqual([201, 'stopped']);
    }
    const { items } = (await stage.call('GET', path)).body;
    expect(items).toMatchObject([{ state: 'running' }, { state: 'exited', reason: 'stopped' }]);
    expect(items[0]).not.toHaveProperty('reason');
    expect(await runOf(composer)).toMatchObject({ reason: 'stopped' });
  });

  it('may tell the reason of a wait, which stays in the history before the start', async () => {
    const composer = await stage.busy();
    const waits = (waitsFor: string) => accept(composer, { attempt: 1, state: 'bound', waitsFor });
    await waits('capacity');
    const said = [
      await waits('its image'),
      await accept(composer, { attempt: 1, state: 'running' }),
      await accept(composer, { attempt: 1, state: 'exited', exitCode: 0, at: later }),
    ];
    const path = reportsPath(composer.executorId, composer.taskId);
    expect((await stage.call('GET', path)).body.items).toEqual(said);
    expect((await readPages(stage.call, path, 1)).flat()).toEqual(said);
  });

  it('shows nothing of the present run once the reporter may no longer execute', async () => {
    const composer = await stage.busy();
    const path = reportsPath(composer.executorId, composer.taskId);
    const again = {
      body: { attempt: 1, state: 'exited', exitCode: 0, at },
      headers: { 'idempotency-key': 'withdrawn' },
    };
    const send = () => stage.callAs('arn:aws:iam::123456789012:role/runner', 'POST', path, again);
    const grant = (grants: object[] | null) =>
      bodyOf(stage.call('PATCH', '/v1/locations/executor', { body: { grants } }), 200);
    await bodyOf(send(), 201);
    await bodyOf(send(), 201);
    await grant([{ principal: 'local', actions: ['read', 'execute', 'compose', 'create', 'admin'] }]);
    expectProblem(await send(), 403, 'permission-denied', { action: 'execute' });
    await grant(null);
  });

  it('is answered with the time of the next attempt, and the number of attempts', async () => {
    const restart = { mode: 'on-failure', attempts: 2, delaySeconds: 60 };
    const composer = await stage.busy({ restart });
    const kept = await accept(composer, { attempt: 1, state: 'exited', exitCode: 1 });
    const { restartsLeft, nextAttemptAt } = kept;
    const { task } = (await composer.open()).member(composer.taskId);
    expect(restartsLeft).toBe(2);
    expect(Date.parse(nextAttemptAt) - Date.parse(task.heardAt)).toBe(60_000);
    expect(task).toMatchObject({ restartsLeft, nextAttemptAt });
    const path = reportsPath(composer.executorId, composer.taskId);
    expect((await stage.call('GET', path)).body.items).toEqual([kept]);
    await composer.unbind(composer.taskId);
    expect(composer.member(composer.taskId).task).not.toHaveProperty('nextAttemptAt');
    expect(composer.member(composer.taskId).task).not.toHaveProperty('restartsLeft');
    // The announced attempt stays in the history.
    expect((await stage.call('GET', path)).body.items).toEqual([kept]);
  });

  it('is refused for an earlier composition, if it names that', async () => {
    const composer = await stage.busy();
    const { executorId, taskId, composition } = composer;
    const said = { attempt: 1, state: 'running', since: composition.createdAt };
    expect(await accept(composer, said)).not.toHaveProperty('since');
    await composer.open();
    await composer.unbind();
    for (const id of composer.ids()) await composer.leave(id);
    await bodyOf(stage.call('DELETE', pathOf(executorId)), 204);
    await bodyOf(stage.post('/v1/elements', { id: executorId }), 201);
    await composer.open();
    await composer.mount(composer.rootId, '/');
    await composer.join(taskId);
    await composer.bind();
    const late = { ...said, state: 'exited', exitCode: 0 };
    expectProblem(await report(composer, late), 409, 'invalid-state', { state: 'bound', attempt: 1 });
    expect(await runOf(composer)).toEqual({ state: 'bound', attempt: 1 });
    await accept(composer, { ...said, since: composer.composition.createdAt });
  });

  it('is refused for an attempt before the task left and joined again, until it is bound', async () => {
    const composer = await stage.busy();
    await accept(composer, { attempt: 1, state: 'exited', exitCode: 0 });
    await composer.unbind(composer.taskId);
    await composer.leave(composer.taskId);
    await composer.join(composer.taskId);
    for (const said of [
      { attempt: 1, state: 'running' },
      { attempt: 1, state: 'failed', launchError: 'x' },
    ]) {
      expectProblem(await report(composer, said), 409, 'not-bound');
    }
    await composer.bind(composer.taskId);
    expectProblem(await report(composer, { attempt: 1, state: 'running' }), 409, 'invalid-state');
    await accept(composer, { attempt: 2, state: 'running' });
  });

  it('is accepted for a task that was unbound before anybody reported its start', async () => {
    const composer = await stage.busy();
    await composer.unbind(composer.taskId);
    expect(await runOf(composer)).toMatchObject({ state: 'created', attempt: 1 });
    await accept(composer, { attempt: 1, state: 'running' });
    await accept(composer, { attempt: 1, state: 'exited', exitSignal: 'TERM' });
  });

  it('is refused if it skips too many attempts', async () => {
    const composer = await stage.busy();
    expectProblem(await report(composer, { attempt: 1_002, state: 'running' }), 409, 'invalid-state');
    await accept(composer, { attempt: 1_001, state: 'running' });
  });

  it('is not found for a missing executor', async () => {
    const path = reportsPath('executor://executor/nobody', 'task://task/any');
    expectProblem(await stage.post(path, { attempt: 1, state: 'running', at }), 404, 'not-found');
  });

  it('changes nothing if it is repeated', async () => {
    const composer = await stage.busy();
    const running = { attempt: 1, state: 'running' };
    const exited = { attempt: 1, state: 'exited', exitCode: 0 };
    for (const said of [running, exited]) {
      await accept(composer, said);
      const { revision } = (await composer.open()).composition;
      await accept(composer, { ...said, at: later });
      expect((await composer.open()).composition.revision).toBe(revision);
    }
    expect(await runOf(composer)).toMatchObject({ startedAt: at, endedAt: at });
  });

  it('only moves forward: the end of an attempt is final', async () => {
    const composer = await stage.busy();
    await accept(composer, { attempt: 1, state: 'exited', exitCode: 0 });
    for (const said of [
      { attempt: 1, state: 'running' },
      { attempt: 1, state: 'exited', exitCode: 1 },
      { attempt: 1, state: 'exited', exitSignal: 'TERM' },
      { attempt: 1, state: 'failed', launchError: 'x' },
    ]) {
      expectProblem(await report(composer, said), 409, 'invalid-state', { state: 'exited', attempt: 1 });
    }
    expect(await runOf(composer)).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  it('is refused for an older attempt, and with a greater number is a restart', async () => {
    const composer = await stage.busy();
    await accept(composer, { attempt: 1, state: 'running' });
    await accept(composer, { attempt: 2, state: 'running', at: later });
    expect(await runOf(composer)).toEqual({ state: 'running', attempt: 2, startedAt: later, restarts: 1 });
    const old = { attempt: 1, state: 'exited', exitCode: 0 };
    expectProblem(await report(composer, old), 409, 'invalid-state', { state: 'running', attempt: 2 });
    await composer.unbind(composer.taskId);
    // The task should stop, not restart.
    expectProblem(await report(composer, { attempt: 3, state: 'running' }), 409, 'not-bound');
    await accept(composer, { attempt: 2, state: 'exited', exitSignal: 'TERM' });
    expect((await composer.bind(composer.taskId)).task).toMatchObject({ state: 'bound', attempt: 3 });
    const late = { attempt: 2, state: 'exited', exitCode: 0 };
    expectProblem(await report(composer, late), 409, 'invalid-state', { state: 'bound', attempt: 3 });
  });

  it('is numbered on after the task is unbound, leaves and joins again', async () => {
    const composer = await stage.busy();
    const { taskId } = composer;
    await composer.unbind(taskId);
    expect((await composer.bind(taskId)).task.attempt).toBe(2);
    await composer.unbind(taskId);
    await composer.leave(taskId);
    expect((await composer.join(taskId)).task).toMatchObject({ state: 'created', attempt: 2 });
    expect((await composer.bind(taskId)).task.attempt).toBe(3);
  });

  it('is accepted from the engine that started the task, even after an unbind', async () => {
    const composer = await stage.busy();
    await composer.unbind(composer.taskId);
    await accept(composer, { attempt: 1, state: 'running' });
    expect(await runOf(composer)).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('and a concurrent operation are both accepted', async () => {
    const composer = await stage.busy();
    const { taskId } = composer;
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      const [reported, interrupted] = await Promise.all([
        report(composer, { attempt, state: 'running' }),
        composer.attempt('interrupt', { id: taskId, signal: 'HUP' }),
      ]);
      expect([reported.status, interrupted.status]).toEqual([201, 200]);
      const { task } = (await composer.open()).member(taskId);
      expect(task).toMatchObject({ state: 'running', attempt, interrupt: { count: attempt - 1 } });
    }
  });

  it('needs a member that was bound at least once', async () => {
    const composer = await stage.grounded();
    const task = await stage.make('task');
    const said = { attempt: 1, state: 'running' };
    expectProblem(await composer.report(task, said), 409, 'not-joined', { id: task });
    await composer.join(task);
    expectProblem(await composer.report(task, said), 409, 'not-bound', { id: task });
    const unopened = reportsPath(await stage.make('executor'), task);
    expectProblem(await stage.post(unopened, { ...said, at }), 409, 'not-joined');
    expectInvalid(await stage.post(reportsPath(composer.rootId, task), { ...said, at }), 'path');
    expectProblem(
      await stage.post(reportsPath('executor://nowhere/a', task), { ...said, at }),
      404,
      'unknown-location',
    );
  });

  it('contains a time and an outcome, in these words', async () => {
    const composer = await stage.busy();
    const refused: [object, ...string[]][] = [
      [{ attempt: 1, state: 'running', at: 'noon' }, 'at'],
      [{ attempt: 1, state: 'running', at: '2026-01-31' }, 'at'],
      [{ attempt: 1, state: 'running', at: '2026-01-31T12:00:00+01:00' }, 'at'],
      [{ attempt: 1, state: 'running', at: '2026-02-30T12:00:00Z' }, 'at'],
      [{ attempt: 1, state: 'running', at: 5 }, 'at'],
      [{ attempt: 1, state: 'running', at: `2026-01-31T12:00:00.${'0'.repeat(100)}Z` }, 'at'],
      [{ attempt: 1, state: 'running', exitCode: 0 }, 'exitCode'],
      [{ attempt: 0, state: 'running' }, 'attempt'],
      [{ attempt: 1.5, state: 'running' }, 'attempt'],
      [{ state: 'running' }, 'attempt'],
      [{ attempt: 1, state: 'created' }, 'state'],
      [{ attempt: 1, state: 'bound' }, 'waitsFor'],
      [{ attempt: 1, state: 'running', waitsFor: 'capacity' }, 'waitsFor'],
      [{ attempt: 1 }, 'state'],
      [{ attempt: 1, state: 'exited' }, 'exitCode'],
      [{ attempt: 1, state: 'exited', exitCode: 0, exitSignal: 'TERM' }, 'exitCode'],
      [{ attempt: 1, state: 'exited', exitCode: 256 }, 'exitCode'],
      [{ attempt: 1, state: 'exited', exitCode: -1 }, 'exitCode'],
      [{ attempt: 1, state: 'exited', exitSignal: 'PAUSE' }, 'exitSignal'],
      [{ attempt: 1, state: 'exited', exitCode: 0, launchError: 'x' }, 'launchError'],
      [{ attempt: 1, state: 'failed' }, 'launchError'],
      [{ attempt: 1, state: 'failed', launchError: '' }, 'launchError'],
      [{ attempt: 1, state: 'failed', launchError: 'x'.repeat(4097) }, 'launchError'],
      [{ attempt: 1, state: 'failed', launchError: '\ud800' }, 'launchError'],
      [{ attempt: 1, state: 'failed', launchError: 'x', exitCode: 1 }, 'exitCode'],
      [{ attempt: 1, state: 'failed', launchError: 'x', lost: 'y' }, 'launchError'],
      [{ attempt: 1, state: 'failed', lost: '' }, 'lost'],
      [{ attempt: 1, state: 'failed', lost: 'x'.repeat(4097) }, 'lost'],
      [{ attempt: 1, state: 'failed', lost: 'x', outOfMemory: true }, 'outOfMemory'],
      [{ attempt: 1, state: 'running', outOfMemory: true }, 'outOfMemory'],
      [{ attempt: 1, state: 'exited', exitCode: 137, outOfMemory: false }, 'outOfMemory'],
      [{ attempt: 1, state: 'exited', exitCode: 0, reason: 'completed' }, 'reason'],
      [{ attempt: 1, state: 'running', since: 'yesterday' }, 'since'],
    ];
    for (const [said, ...paths] of refused) expectInvalid(await report(composer, said), ...paths);
    expect(await runOf(composer)).toEqual({ state: 'bound', attempt: 1 });
  });
});

describe('the history of a task', () => {
  const historyOf = (composer: Composer, taskId: string, limit = 100) =>
    readPages(stage.call, reportsPath(composer.executorId, taskId), limit);

  it('contains all reports, the earliest first, in pages, and stays after the task has left', async () => {
    const composer = await stage.busy();
    expect(await historyOf(composer, composer.taskId)).toEqual([[]]);
    const said = Array.from({ length: 12 }, (_, attempt) => [
      { attempt: attempt + 1, state: 'running', at },
      { attempt: attempt + 1, state: 'exited', exitCode: attempt, at: later },
    ]).flat();
    for (const one of said) await accept(composer, one);
    await composer.open();
    await composer.unbind();
    await composer.leave(composer.taskId);
    const pages = await historyOf(composer, composer.taskId, 5);
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 5, 5, 4]);
    expect(pages.flat()).toMatchObject(said);
    expect(await historyOf(composer, composer.rootId.replace('image', 'task'))).toEqual([[]]);
  });

  it('belongs to one executor, as do its cursors', async () => {
    const composer = await stage.busy();
    const { executorId, taskId, rootId } = composer;
    for (const state of ['running', 'exited']) {
      await accept(composer, defined({ attempt: 1, state, exitCode: state === 'exited' ? 0 : undefined }));
    }
    const { cursor } = (await stage.call('GET', `${reportsPath(executorId, taskId)}?limit=1`)).body;
    const other = await stage.make('task');
    const stolen = await stage.call('GET', `${reportsPath(executorId, other)}?cursor=${cursor}`);
    expectInvalid(stolen, '?cursor');
    expectInvalid(await stage.call('GET', `${reportsPath(executorId, taskId)}?cursor=x`), '?cursor');
    expectInvalid(await stage.call('GET', `${reportsPath(executorId, taskId)}?limit=0`), '?limit');
    const nobody = reportsPath('executor://executor/nobody', taskId);
    expectProblem(await stage.call('GET', nobody), 404, 'not-found');
    expectInvalid(await stage.call('GET', reportsPath(rootId, taskId)), 'path');
    await composer.open();
    await composer.unbind();
    for (const id of [taskId, rootId]) await composer.leave(id);
    await bodyOf(stage.call('DELETE', pathOf(executorId)), 204);
    await bodyOf(stage.post('/v1/elements', { id: executorId }), 201);
    await composer.open();
    expect(await historyOf(composer, taskId)).toEqual([[]]);
  });
});
