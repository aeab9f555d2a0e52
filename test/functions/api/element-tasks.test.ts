import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, openStage, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, tagAt } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.stop());

const put = (storage: string, task: string) => stage.call('PUT', associationPath(storage, task));
const remove = (storage: string, task: string) => stage.call('DELETE', associationPath(storage, task));
const associate = async (storage: string, ...tasks: string[]) => {
  for (const task of tasks) await bodyOf(put(storage, task), 200);
};

describe('a task that is associated with storage', () => {
  it.each(['image', 'volume'])('is kept with it, in the order in which they were: %s', async (kind) => {
    const [storage, first, second] = await stage.makeAll(kind, 'task', 'task');
    const answer = await put(storage, second);
    expect(answer.body).toMatchObject({ id: storage, revision: 2, tasks: [{ id: second }] });
    expect(answer.headers.get('etag')).toMatch(tagAt(2));
    await associate(storage, first);
    const tasks = [{ id: second }, { id: first }];
    expect((await stage.call('GET', pathOf(storage))).body).toMatchObject({ revision: 3, tasks });
    expect((await stage.call('GET', `${pathOf(storage)}?fields=tasks`)).body).toEqual({ id: storage, tasks });
    expect((await stage.call('GET', `${pathOf(storage)}?fields=rw`)).body).not.toHaveProperty('tasks');
    expect((await stage.call('GET', `${pathOf(storage)}/tasks`)).body).toEqual({ items: tasks });
  });

  it('is associated once, however often that is requested', async () => {
    const [storage, task] = await stage.makeAll('image', 'task');
    const answers = [await put(storage, task), await put(storage, task)];
    expect(answers.map(({ status, body }) => [status, body.revision])).toEqual([
      [200, 2],
      [200, 2],
    ]);
    const raced = await stage.makeAll('image', 'task');
    const many = await Promise.all(Array.from({ length: 5 }, () => put(raced[0], raced[1])));
    expect(many.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect((await stage.call('GET', pathOf(raced[0]))).body).toMatchObject({ revision: 2, tasks: [{}] });
  });

  it('is in use by the storage until the association ends', async () => {
    const [storage, task] = await stage.makeAll('image', 'task');
    await associate(storage, task);
    const references = [{ id: storage, kind: 'association' }];
    expectProblem(await stage.call('DELETE', pathOf(task)), 409, 'in-use', { references, hidden: 0 });
    expect((await stage.call('GET', `${pathOf(task)}/references`)).body.items).toEqual(references);
    // A repeated request leaves no second reference.
    await associate(storage, task);
    expect((await remove(storage, task)).status).toBe(204);
    expect((await stage.call('GET', pathOf(storage))).body).toMatchObject({ revision: 3 });
    expect((await stage.call('GET', `${pathOf(storage)}/tasks`)).body).toEqual({ items: [] });
    expectProblem(await remove(storage, task), 404, 'not-found', { id: task });
    expect((await stage.call('DELETE', pathOf(task))).status).toBe(204);
  });

  it('is free after the storage is deleted', async () => {
    const [storage, task] = await stage.makeAll('volume', 'task');
    await associate(storage, task);
    await bodyOf(stage.call('DELETE', pathOf(storage)), 204);
    expect((await stage.call('DELETE', pathOf(task))).status).toBe(204);
  });

  it('is one of at most ten', async () => {
    const [storage, ...tasks] = await stage.makeAll('image', ...Array<string>(11).fill('task'));
    const [last, ...ten] = tasks as [string, ...string[]];
    await associate(storage, ...ten);
    expectProblem(await put(storage, last), 409, 'invalid-state', { state: 'full' });
    expect((await stage.call('DELETE', pathOf(last))).status).toBe(204);
    await associate(storage, ten[0] as string);
    await bodyOf(remove(storage, ten[0] as string), 204);
    await associate(storage, await stage.make('task'));
  });

  it('must exist and be ready, like its storage', async () => {
    const [storage, task, log, executor] = await stage.makeAll('image', 'task', 'log', 'executor');
    const pending = { data: { upload: true } };
    const [pendingImage, pendingTask] = [
      await stage.make('image', pending),
      await stage.make('task', pending),
    ];
    expectProblem(await put(pendingImage, task), 409, 'invalid-state', { state: 'pending' });
    expectProblem(await put(storage, pendingTask), 409, 'invalid-state', { state: 'pending' });
    expectProblem(await put(storage, 'task://task/nobody'), 404, 'not-found', { id: 'task://task/nobody' });
    expectProblem(await put('image://image/nobody', task), 404, 'not-found', { id: 'image://image/nobody' });
    expectProblem(await put(storage, 'task://nowhere/nobody'), 404, 'unknown-location');
    expectProblem(await put(storage, 'task://image/nobody'), 404, 'unknown-location');
    for (const other of [log, task]) expectInvalid(await put(other, task), 'path');
    expectInvalid(await put(executor, task), 'path');
    expectInvalid(await stage.call('GET', `${pathOf(log)}/tasks`), 'path');
    expectInvalid(await stage.call('GET', `${pathOf(storage)}/tasks?limit=1`), '?limit');
    expect((await stage.call('DELETE', pathOf(task))).status).toBe(204);
  });

  it('cannot be changed if the caller may only read, or only create, in the location of the storage', async () => {
    for (const policy of ['read-only', 'create-only']) {
      await makeLocations(stage, { name: policy, kind: 'image' });
      const [storage, task, other] = [
        await stage.make('image', {}, policy),
        await stage.make('task'),
        await stage.make('task'),
      ];
      await associate(storage, task);
      await bodyOf(stage.call('PATCH', `/v1/locations/${policy}`, { body: { policy } }), 200);
      expectProblem(await put(storage, other), 403, 'invalid-location', { policy });
      expectProblem(await remove(storage, task), 403, 'invalid-location', { policy });
    }
  });
});

describe('storage that joins', () => {
  const spec = {
    process: { args: ['/bin/tool', '/etc/tool.conf'], cwd: '/srv', env: [{ name: 'HOME', value: '/home' }] },
    healthCheck: { command: ['/bin/well', '/srv'] },
  };

  it('brings its tasks: their absolute paths are below its mount path', async () => {
    const [composer, image] = [await stage.compose(), await stage.make('image')];
    const task = await stage.make('task', { spec });
    await associate(image, task);
    await composer.mount(image, '/opt/x/');
    expect(composer.ids()).toEqual([image, task]);
    expect(composer.member(task)).toMatchObject({
      kind: 'task',
      bound: false,
      task: { storageId: image, state: 'created', attempt: 0, ephemeral: false, revision: 1 },
    });
    expect(composer.member(task).task.spec).toEqual({
      process: {
        args: ['/opt/x/bin/tool', '/etc/tool.conf'],
        cwd: '/opt/x/srv',
        env: [{ name: 'HOME', value: '/home' }],
      },
      healthCheck: { command: ['/opt/x/bin/well', '/srv'] },
    });
    expect((await stage.call('GET', pathOf(task))).body.spec).toEqual(spec);
  });

  it('at / keeps paths, and names that are searched for in the path', async () => {
    const [composer, image, volume] = [
      await stage.compose(),
      await stage.make('image'),
      await stage.make('volume'),
    ];
    const [absolute, searched] = [
      await stage.make('task', { spec }),
      await stage.make('task', { spec: { process: { args: ['tool'] } } }),
    ];
    await associate(image, absolute);
    await associate(volume, searched);
    await composer.mount(image, '/');
    await composer.mount(volume, '/opt');
    expect(composer.member(absolute).task.spec).toEqual(spec);
    expect(composer.member(searched).task.spec).toEqual({ process: { args: ['tool'] } });
  });

  it('binds its tasks if it is bound at / with them, and removes them when it leaves', async () => {
    const [composer, root, volume] = [
      await stage.compose(),
      await stage.make('image'),
      await stage.make('volume'),
    ];
    const [first, second, own] = await stage.makeAll('task', 'task', 'task');
    await associate(volume, first, second);
    await composer.mount(root, '/');
    await composer.join(own);
    await composer.mount(volume, '/opt');
    await composer.bind(root);
    expectProblem(await composer.attempt('bind', { id: first }), 409, 'not-bound', { id: volume });
    await composer.bind();
    expect(composer.ids('bound')).toEqual([root, own, volume, first, second]);
    await composer.unbind();
    expect(composer.member(first).task.attempt).toBe(1);
    await composer.leave(volume);
    expect(composer.ids()).toEqual([root, own]);
    await bodyOf(remove(volume, first), 204);
    expect((await stage.call('DELETE', pathOf(first))).status).toBe(204);
  });

  it('lets its tasks leave alone, and each joins once', async () => {
    const [composer, image, other] = [
      await stage.compose(),
      await stage.make('image'),
      await stage.make('image'),
    ];
    const [task, plain] = await stage.makeAll('task', 'task');
    await associate(image, plain, task);
    await associate(other, task);
    await composer.mount(image, '/');
    const body = { id: other, mount: { path: '/other' } };
    expectProblem(await composer.attempt('join', body), 409, 'already-joined', { id: task });
    expect(composer.ids()).toEqual([image, plain, task]);
    await composer.leave(task);
    await composer.mount(other, '/other');
    expect(composer.ids()).toEqual([image, plain, other, task]);
    expect(composer.member(task).task.storageId).toBe(other);
  });

  it('protects its tasks from being deleted, even after the association has ended', async () => {
    const [composer, image] = [await stage.compose(), await stage.make('image')];
    const task = await stage.make('task');
    await associate(image, task);
    await composer.mount(image, '/');
    await bodyOf(remove(image, task), 204);
    const references = [{ id: composer.executorId, kind: 'composition' }];
    expectProblem(await stage.call('DELETE', pathOf(task)), 409, 'in-use', { references });
    await composer.open();
    expect(composer.ids()).toEqual([image, task]);
    await composer.leave(image);
    expect((await stage.call('DELETE', pathOf(task))).status).toBe(204);
  });

  it('does not join if there is no room for its tasks', async () => {
    const composer = await stage.compose();
    for (let at = 0; at < 29; at += 1) await composer.join(await stage.make('log'));
    const [image, task] = await stage.makeAll('image', 'task');
    await associate(image, task);
    const body = { id: image, mount: { path: '/' } };
    expectProblem(await composer.attempt('join', body), 409, 'invalid-state', { state: 'full' });
    await bodyOf(remove(image, task), 204);
    await composer.mount(image, '/');
  });
});
