import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Composer, openStage, reportsPath, type Stage, type Verb } from '../../composing.ts';
import { bodyOf, expectProblem, pathOf } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

let keys = 0;
const freshKey = () => ({ 'idempotency-key': `key-${keys++}` });
const replayed = ({ headers }: { headers: Headers }) => headers.get('idempotency-replayed');

/** A composition on which the operation succeeds, and the body of the operation. */
const ready = async (verb: Verb): Promise<{ composer: Composer; body: object }> => {
  if (verb === 'join') return { composer: await stage.compose(), body: { id: await stage.make('task') } };
  if (verb === 'interrupt') {
    const composer = await stage.busy();
    return { composer, body: { id: composer.taskId, signal: 'HUP' } };
  }
  const composer = await stage.grounded();
  if (verb !== 'unbind') await composer.unbind();
  return { composer, body: { id: composer.rootId } };
};

describe('an operation repeated with its Idempotency-Key', () => {
  it.each<Verb>(['join', 'bind', 'unbind', 'leave', 'interrupt'])('is done once: %s', async (verb) => {
    const { composer, body } = await ready(verb);
    const path = `/v1/compositions/${composer.handle}/${verb}`;
    const key = freshKey();
    const first = await stage.post(path, body, key);
    expect([first.status, replayed(first)]).toEqual([200, null]);
    const second = await stage.post(path, body, key);
    expect([second.status, replayed(second)]).toEqual([200, 'true']);
    expect(second.body).toEqual(first.body);
    const other = { ...body, id: await stage.make('task') };
    expectProblem(await stage.post(path, other, key), 422, 'idempotency-mismatch');
    expectProblem(await stage.post(path, body, freshKey()), 409, 'stale-handle');
    expect((await composer.open()).composition).toEqual(first.body.composition);
  });

  it('answers the present composition, with its latest handle', async () => {
    const { composer, body } = await ready('join');
    const path = `/v1/compositions/${composer.handle}/join`;
    const key = freshKey();
    await composer.attempt('join', body, key);
    await composer.join(await stage.make('log'));
    const again = await stage.post(path, body, key);
    expect(again.body).toEqual({ handle: composer.handle, composition: composer.composition });
  });

  it('happens once for many concurrent callers', async () => {
    const { composer, body } = await ready('join');
    const path = `/v1/compositions/${composer.handle}/join`;
    const key = freshKey();
    const answers = await Promise.all(Array.from({ length: 6 }, () => stage.post(path, body, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
  });

  it('may use the key again after a refusal', async () => {
    const { composer, body } = await ready('bind');
    const key = freshKey();
    expectProblem(await composer.attempt('bind', { id: 'task://task/nobody' }, key), 409, 'not-joined');
    expect((await composer.attempt('bind', body, key)).status).toBe(200);
  });

  it('answers the composition without the volume, after its leave deleted the volume', async () => {
    const [composer, volume] = [await stage.compose(), await stage.make('volume')];
    const mount = { path: '/', persistent: false };
    const joinKey = freshKey();
    const joinPath = `/v1/compositions/${composer.handle}/join`;
    await composer.attempt('join', { id: volume, mount }, joinKey);
    expect(replayed(await stage.post(joinPath, { id: volume, mount }, joinKey))).toBe('true');
    const [path, key] = [`/v1/compositions/${composer.handle}/leave`, freshKey()];
    await stage.post(path, { id: volume }, key);
    const again = await stage.post(path, { id: volume }, key);
    expect([again.status, replayed(again), again.body.composition.members]).toEqual([200, 'true', []]);
  });
});

describe('opening, repeated with its Idempotency-Key', () => {
  const open = (executorId: string, key: Record<string, string>) =>
    stage.post('/v1/compositions', { executorId }, key);

  it('answers the present composition', async () => {
    const [executorId, key] = [await stage.make('executor'), freshKey()];
    const first = await open(executorId, key);
    expect([first.status, replayed(first)]).toEqual([201, null]);
    const second = await open(executorId, key);
    expect([second.status, replayed(second)]).toEqual([201, 'true']);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('is for that executor only', async () => {
    const [executorId, key] = [await stage.make('executor'), freshKey()];
    await open(executorId, key);
    const opened = await stage.compose();
    for (const other of [opened.executorId, await stage.make('executor')]) {
      expectProblem(await open(other, key), 422, 'idempotency-mismatch');
    }
  });
});

describe('a report repeated with its Idempotency-Key', () => {
  const at = '2026-01-31T12:00:00Z';

  it('is accepted once', async () => {
    const [composer, key] = [await stage.busy(), freshKey()];
    const report = { attempt: 1, state: 'running', at };
    const first = await composer.report(composer.taskId, report, key);
    expect([first.status, replayed(first)]).toEqual([201, null]);
    const second = await composer.report(composer.taskId, report, key);
    expect([second.status, replayed(second), second.body]).toEqual([201, 'true', first.body]);
    const other = { attempt: 1, state: 'exited', exitCode: 0, at };
    expectProblem(await composer.report(composer.taskId, other, key), 422, 'idempotency-mismatch');
    const { items } = (await stage.call('GET', reportsPath(composer.executorId, composer.taskId))).body;
    expect(items).toHaveLength(1);
  });

  it('is answered as a repeat, also after the task has left', async () => {
    const [composer, id, key] = [await stage.busy(), await stage.make('task'), freshKey()];
    await composer.join(id);
    await composer.bind(id);
    const report = { attempt: 1, state: 'exited', exitCode: 0, at };
    await bodyOf(composer.report(id, report, key), 201);
    const again = await composer.report(id, report, key);
    expect([again.status, replayed(again)]).toEqual([201, 'true']);
    await composer.open();
    await composer.unbind();
    await composer.leave(composer.taskId);
    await composer.leave(composer.rootId);
    expect((await stage.call('DELETE', pathOf(composer.executorId))).status).toBe(204);
    expect(replayed(await composer.report(id, report, key))).toBe('true');
  });
});
