import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Composer, openStage, type Stage } from '../../composing.ts';
import { bodyOf, expectInvalid, expectProblem, pathOf } from './support.ts';

let stage: Stage;
let composer: Composer;
let ids: { image: string; volume: string; task: string; log: string; executor: string };
beforeAll(async () => {
  stage = await openStage();
  composer = await stage.compose();
  const [image, volume, task, log, executor] = await Promise.all(
    ['image', 'volume', 'task', 'log', 'executor'].map((kind) => stage.make(kind)),
  );
  ids = { image, volume, task, log, executor } as typeof ids;
});
afterAll(() => stage.stop());

const join = (body: object) => composer.attempt('join', body);

describe('joining', () => {
  it('adds an element of any kind but an executor, unbound, after the other members', async () => {
    const mine = await stage.compose();
    expect(await mine.mount(ids.image, '/', { readOnly: true })).toEqual({
      id: ids.image,
      kind: 'image',
      bound: false,
      mount: { path: '/', readOnly: true, persistent: true },
    });
    await mine.mount(ids.volume, '/data');
    expect(await mine.join(ids.log)).toEqual({ id: ids.log, kind: 'log', bound: false });
    expect(await mine.join(ids.task)).toMatchObject({
      kind: 'task',
      bound: false,
      task: { state: 'created', attempt: 0, revision: 1, ephemeral: false },
    });
    expect(mine.ids()).toEqual([ids.image, ids.volume, ids.log, ids.task]);
    expectInvalid(await mine.attempt('join', { id: ids.executor }), 'id');
  });

  it('accepts the options of its kind, and names others', async () => {
    const mount = { path: '/' };
    const refused: [object, string][] = [
      [{ id: ids.image }, 'mount'],
      [{ id: ids.volume }, 'mount'],
      [{ id: ids.task, mount }, 'mount'],
      [{ id: ids.log, mount }, 'mount'],
      [{ id: ids.image, mount, overrides: {} }, 'overrides'],
      [{ id: ids.volume, mount, overrides: {} }, 'overrides'],
      [{ id: ids.log, overrides: {} }, 'overrides'],
      [{ id: ids.image, mount: { ...mount, persistent: false } }, 'mount.persistent'],
      [{ id: ids.image, mount: { ...mount, readonly: true } }, 'mount.readonly'],
      [{ id: ids.image, mount, bound: true }, 'bound'],
      [{ mount }, 'id'],
      [{ id: 'alpine', mount }, 'id'],
    ];
    for (const [body, path] of refused) expectInvalid(await join(body), path);
    expect(composer.ids()).toEqual([]);
  });

  it('needs an existing element that is ready', async () => {
    const pending = await stage.make('image', { data: { upload: true } });
    const mount = { path: '/' };
    expectProblem(await join({ id: pending, mount }), 409, 'invalid-state', { state: 'pending' });
    expectProblem(await join({ id: 'image://image/nobody', mount }), 404, 'not-found');
    expectProblem(await join({ id: 'image://nowhere/nobody', mount }), 404, 'unknown-location');
    expectProblem(await join({ id: 'task://image/nobody' }), 404, 'unknown-location');
    // The attempts to join do not keep it from being deleted.
    expect((await stage.call('DELETE', pathOf(pending))).status).toBe(204);
  });

  it('happens only once', async () => {
    const mine = await stage.grounded();
    const again = { id: mine.rootId, mount: { path: '/again' } };
    expectProblem(await mine.attempt('join', again), 409, 'already-joined', { id: mine.rootId });
    await mine.join(ids.task);
    expectProblem(await mine.attempt('join', { id: ids.task }), 409, 'already-joined');
  });

  it('protects the element from being deleted until it has left', async () => {
    const mine = await stage.compose();
    const shared = await stage.compose();
    const image = await stage.make('image');
    await mine.mount(image, '/');
    await shared.mount(image, '/opt');
    const remove = () => stage.call('DELETE', pathOf(image));
    const references = [mine, shared].map(({ executorId }) => ({ id: executorId, kind: 'composition' }));
    const { body } = await remove();
    expect(body).toMatchObject({ code: 'in-use', hidden: 0 });
    expect(body.references).toHaveLength(2);
    expect(body.references).toEqual(expect.arrayContaining(references));
    await mine.leave(image);
    expectProblem(await remove(), 409, 'in-use', { references: references.slice(1) });
    expect((await stage.call('GET', `${pathOf(image)}/references`)).body.items).toEqual(references.slice(1));
    await shared.leave(image);
    expect((await remove()).status).toBe(204);
  });

  it.each(['task', 'log', 'volume', 'image'])('protects every kind: %s', async (kind) => {
    const mine = await stage.compose();
    const id = await stage.make(kind);
    await (['task', 'log'].includes(kind) ? mine.join(id) : mine.mount(id, '/'));
    const references = [{ id: mine.executorId, kind: 'composition' }];
    expectProblem(await stage.call('DELETE', pathOf(id)), 409, 'in-use', { references });
  });

  it('works for up to thirty elements', async () => {
    const mine = await stage.compose();
    const tasks = await Promise.all(Array.from({ length: 31 }, () => stage.make('task')));
    for (const id of tasks.slice(0, 30)) await mine.join(id);
    const last = tasks[30] as string;
    expectProblem(await mine.attempt('join', { id: last }), 409, 'invalid-state', { state: 'full' });
    expect(mine.ids()).toHaveLength(30);
    await mine.leave(tasks[0] as string);
    await mine.join(last);
  });
});

it('is refused if the composition would not fit into one item', async () => {
  const mine = await stage.compose();
  const annotations = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 'x'.repeat(4000)]));
  const [first, second] = await Promise.all([1, 2].map(() => stage.make('task', { spec: { annotations } })));
  await mine.join(first as string);
  expectProblem(await mine.attempt('join', { id: second }), 413, 'payload-too-large', { limit: 409_600 });
  expect((await mine.open()).ids()).toEqual([first]);
  // Its reference was removed after the refusal.
  expect((await stage.call('DELETE', pathOf(second as string))).status).toBe(204);
});

describe('a mount path', () => {
  it.each([
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a'],
    ['//a//b/./c/', '/a/b/c'],
    ['/./', '/'],
    ['/…/with blanks', '/…/with blanks'],
  ])('%s is %s', async (path, normal) => {
    const mine = await stage.compose();
    expect((await mine.mount(ids.image, path)).mount?.path).toBe(normal);
  });

  it.each(['', 'a', './a', '../a', '/a/../b', '/..', '/a/..', '/a\0b', '/\ud800', '/proc/1', '/dev/'])(
    '%j is invalid',
    async (path) => {
      expectInvalid(await join({ id: ids.image, mount: { path } }), 'mount.path');
    },
  );

  it('is limited to the length that Linux accepts', async () => {
    const mine = await stage.compose();
    const path = (length: number) => ({ mount: { path: `/${'a'.repeat(length - 1)}` } });
    expectInvalid(await mine.attempt('join', { id: ids.image, ...path(4096) }), 'mount.path');
    await mine.join(ids.image, path(4095));
  });

  it('is used by one member at a time, in any spelling', async () => {
    const mine = await stage.compose();
    await mine.mount(ids.image, '/a');
    for (const path of ['/a', '/a/', '//a', '/./a/.']) {
      const body = { id: ids.volume, mount: { path } };
      expectProblem(await mine.attempt('join', body), 409, 'mount-conflict', { path: '/a' });
    }
    await mine.mount(ids.volume, '/a/b');
    await mine.leave(ids.image);
    await mine.mount(ids.image, '/a/');
  });
});

describe('a joining task', () => {
  const spec = {
    process: { args: ['/bin/serve', '--port', '80'], env: [{ name: 'MODE', value: 'slow' }] },
    resources: { memory: { limit: 1_048_576_000 } },
    annotations: { owner: 'ada' },
  };

  it('has overrides, which replace fields of the task and remove those set to null', async () => {
    const mine = await stage.compose();
    const parentId = await stage.make('task', { spec });
    const id = await stage.make('task', { parentId, spec: { process: { cwd: '/srv' } } });
    const overrides = {
      process: { args: ['/bin/serve'], env: null },
      annotations: { owner: null, run: '7' },
    };
    const { task } = await mine.join(id, { overrides });
    expect(task.spec).toEqual({
      process: { args: ['/bin/serve'], cwd: '/srv' },
      resources: spec.resources,
      annotations: { run: '7' },
    });
    expect((await stage.call('GET', pathOf(id))).body.spec.process.env).toEqual(spec.process.env);
  });

  it('is refused if its overrides make an invalid specification, with each place named', async () => {
    const id = await stage.make('task', { spec });
    const refuse = async (overrides: unknown, ...paths: string[]) =>
      expectInvalid(await join({ id, overrides }), ...paths);
    await refuse({ process: { cwd: 'srv' }, colour: 'red' }, 'overrides.process.cwd', 'overrides.colour');
    await refuse({ process: { args: [] } }, 'overrides.process.args');
    await refuse(
      { resources: { memory: { reservation: 2_000_000_000 } } },
      'overrides.resources.memory.reservation',
    );
    await refuse({ secrets: [{ name: 'MODE', valueFrom: 'mode', target: 'env' }] }, 'overrides.secrets');
    await refuse('fast', 'overrides');
    await refuse([], 'overrides');
    expect(composer.ids()).toEqual([]);
  });

  it('is a snapshot: later changes of the task affect later joins only', async () => {
    const [early, late] = [await stage.compose(), await stage.compose()];
    const id = await stage.make('task', { spec });
    await early.join(id);
    const body = { spec: { annotations: { owner: 'bob' } } };
    await bodyOf(stage.call('PATCH', pathOf(id), { body }), 200);
    await early.open();
    expect(early.member(id).task).toMatchObject({ revision: 1, spec: { annotations: { owner: 'ada' } } });
    expect((await late.join(id)).task).toMatchObject({
      revision: 2,
      spec: { annotations: { owner: 'bob' } },
    });
  });

  it('keeps its paths', async () => {
    const mine = await stage.compose();
    const healthCheck = { command: ['/bin/well'] };
    const id = await stage.make('task', { spec: { process: { args: ['/bin/x'], cwd: '/y' }, healthCheck } });
    await mine.mount(ids.image, '/opt');
    expect((await mine.join(id)).task.spec).toEqual({
      process: { args: ['/bin/x'], cwd: '/y' },
      healthCheck,
    });
  });
});
