/** An image specifies how it runs, and tasks on it use that for fields that they leave out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, type Composer, openStage, type Stage } from '../../composing.ts';
import { base64, bodyOf, expectInvalid, expectProblem, pathOf, tar } from './support.ts';

const spec = {
  process: {
    entrypoint: ['/entry'],
    args: ['serve'],
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
    ],
    cwd: '/srv',
    user: { uid: 1000, gid: 50 },
  },
  stop: { signal: 'QUIT' },
  healthCheck: { command: ['/check'], intervalSeconds: 7 },
  labels: { source: 'https://example.org' },
  ports: [{ port: 80, protocol: 'tcp' }],
  volumes: ['/var/lib/app'],
};

let stage: Stage;
let data: { base64: string };
let image: string;
beforeAll(async () => {
  stage = await openStage();
  data = base64(await tar({ entry: 'x' }));
  image = await stage.make('image', { data, spec });
});
afterAll(() => stage.stop());

const specOf = async (id: string) => (await bodyOf(stage.call('GET', pathOf(id)), 200)).spec;
const create = (more: object) =>
  stage.post('/v1/elements', { id: `image://image/refused-${Math.random()}`, ...more });
const get = (composer: Composer, target = 'container') =>
  stage.call('GET', `/v1/compositions/${composer.handle}/plan?target=${target}`);
const taskIn = async (composer: Composer) => (await bodyOf(get(composer), 200)).tasks[0];

/** An executor with that root at `/` and a task, neither bound. */
const composed = async (root: string, task: object = {}, joining: object = {}) => {
  const [composer, taskId] = [await stage.compose(), await stage.make('task', { spec: task })];
  await composer.mount(root, '/');
  await composer.join(taskId, joining);
  return Object.assign(composer, { taskId });
};

describe('the specification of an image', () => {
  it('is shown as it was given', async () => {
    expect(await specOf(image)).toEqual(spec);
  });

  it('starts as its parent’s and is merged with it, variables by name', async () => {
    const said = {
      process: {
        args: null,
        env: [
          { name: 'B', value: '2' },
          { name: 'C', value: '3' },
        ],
        cwd: '/opt',
      },
      labels: { more: 'yes' },
    };
    const child = await stage.make('image', { parentId: image, spec: said });
    const grandchild = await stage.make('image', { parentId: child });
    const { args: _, ...process } = spec.process;
    expect(await specOf(grandchild)).toEqual({
      ...spec,
      process: {
        ...process,
        env: [
          { name: 'B', value: '2' },
          { name: 'C', value: '3' },
          { name: 'A', value: '1' },
        ],
        cwd: '/opt',
      },
      labels: { ...spec.labels, more: 'yes' },
    });
  });

  it('does not apply to a volume that descends from it', async () => {
    expect(await specOf(await stage.make('volume', { parentId: image }))).toBeUndefined();
  });

  it.each<[string, object]>([
    ['spec.process.entrypoint', { process: { entrypoint: [] } }],
    ['spec.process.user.uid', { process: { user: { gid: 5 } } }],
    ['spec.process.user.umask', { process: { user: { uid: 5, umask: 0 } } }],
    [
      'spec.process.env',
      {
        process: {
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      },
    ],
    ['spec.process.env[0].name', { process: { env: [{ name: 'A=', value: '1' }] } }],
    ['spec.process.terminal', { process: { terminal: true } }],
    ['spec.ports', { ports: [spec.ports[0], spec.ports[0]] }],
    ['spec.volumes[0]', { volumes: ['data'] }],
    ['spec.restart', { restart: { mode: 'always' } }],
    ['spec', { labels: Object.fromEntries(Array.from({ length: 5 }, (_, at) => [at, 'a'.repeat(16_000)])) }],
  ])('is refused with the wrong place: %s', async (path, wrong) => {
    expectInvalid(await create({ spec: wrong }), path);
    expectInvalid(await create({ parentId: image, spec: wrong }), path);
  });

  it('never changes', async () => {
    const body = { spec: { stop: { signal: 'INT' } } };
    expectInvalid(await stage.call('PATCH', pathOf(image), { body }), 'spec.stop');
  });
});

describe('a task without a specification', () => {
  it('runs as the image at `/` specifies, before and after a bind, on every target', async () => {
    const composer = await composed(image);
    for (const attempt of [0, 1]) {
      expect(await taskIn(composer)).toMatchObject({
        attempt,
        process: spec.process,
        labels: { ...spec.labels, 'org.opencontainers.image.exposedPorts': '80/tcp' },
        orders: { stop: spec.stop, healthCheck: spec.healthCheck },
        from: {
          'process.entrypoint': image,
          'process.args': image,
          'process.env["A"]': image,
          'process.user.uid': image,
          'annotations["source"]': image,
          'process.terminal': 'default',
        },
      });
      const { config } = await bodyOf(get(composer, 'oci'), 200);
      expect(config.process).toMatchObject({
        args: ['/entry', 'serve'],
        env: ['A=1', 'B=1'],
        cwd: '/srv',
        user: { uid: 1000, gid: 50 },
      });
      await composer.bind();
    }
    expect(composer.member(image)).toMatchObject({ image: { id: image, spec } });
  });

  it('runs as specified by the nearest image from which a volume at `/` descends', async () => {
    const child = await stage.make('image', { parentId: image, spec: { stop: { signal: 'INT' } } });
    const volume = await stage.make('volume', { parentId: child });
    const composer = await composed(await stage.make('volume', { parentId: volume }));
    const expected = { from: { 'stop.signal': child }, orders: { stop: { signal: 'INT' } } };
    expect(await taskIn(composer)).toMatchObject(expected);
    await composer.bind();
    expect(await taskIn(composer)).toMatchObject(expected);
    const [root] = composer.composition.members;
    expect(root).toMatchObject({ image: { id: child, spec: { ...spec, stop: { signal: 'INT' } } } });
  });

  it('has no command if no image specifies one; other mounts do not count', async () => {
    const composer = await composed(await stage.make('image', { data }));
    await composer.mount(image, '/opt');
    const volume = await stage.make('volume', { parentId: image });
    await composer.mount(volume, '/srv');
    await composer.bind();
    for (const target of ['oci', 'container'])
      expectProblem(await get(composer, target), 422, 'unsupported-by-target', {
        reasons: [expect.objectContaining({ path: `tasks["${composer.taskId}"].process.args` })],
      });
    for (const { image: said } of composer.composition.members as readonly { image?: object }[])
      expect(said).toBeUndefined();
  });

  it('is refused if its image has settings that no field can express, until the task sets them itself', async () => {
    const unexpressed = [
      { field: 'process.user', reason: 'is "a b"' },
      { field: 'labels', reason: 'are too many' },
    ];
    const odd = await stage.make('image', {
      data,
      spec: { ...spec, process: { args: ['/a'] }, unexpressed },
    });
    const path = (taskId: string) => `tasks["${taskId}"].process.user`;
    const refused = await composed(odd, { process: { user: { umask: 0 } } });
    for (const target of ['oci', 'container'])
      expectProblem(await get(refused, target), 422, 'unsupported-by-target', {
        reasons: [{ path: path(refused.taskId), message: expect.stringContaining('is "a b"') }],
      });
    expect(await taskIn(await composed(odd, { process: { user: { uid: 5 } } }))).toMatchObject({
      process: { user: { uid: 5, gid: 0 } },
    });
  });

  it('is left to the engine, on an image that only a registry has', async () => {
    const reference = `docker.io/library/alpine@sha256:${'a'.repeat(64)}`;
    const metadata = { ro: { 'registry/image': reference } };
    const resources = { memory: { limit: 512 * 2 ** 20 }, cpu: { quota: 25_000, period: 100_000 } };
    const definition = async (root: object, task: object) => {
      const composer = await composed(await stage.make('image', { metadata, ...root }), {
        resources,
        ...task,
      });
      const { registerTaskDefinition } = await bodyOf(get(composer, 'ecs'), 200);
      const { from } = await taskIn(composer);
      return { from, container: registerTaskDefinition.containerDefinitions[0] };
    };
    const unsaid = await definition({}, {});
    for (const field of ['entryPoint', 'command', 'workingDirectory', 'user'])
      expect(unsaid.container).not.toHaveProperty(field);
    expect(unsaid.from).toMatchObject({ 'process.args': 'engine', 'process.user.uid': 'engine' });
    const said = await definition(
      { spec: { process: { entrypoint: ['/entry'] } } },
      { process: { args: ['a'] } },
    );
    expect(said.container).toMatchObject({ entryPoint: ['/entry'], command: ['a'] });
    expect(said.from).toMatchObject({ 'process.args': 'task', 'process.cwd': 'engine' });
  });
});

describe('a task with a specification', () => {
  it('replaces the arguments of the image, or with its entrypoint both', async () => {
    const args = await composed(image, { process: { args: ['help'] } });
    expect((await bodyOf(get(args, 'oci'), 200)).config.process.args).toEqual(['/entry', 'help']);
    const entrypoint = await composed(image, { process: { entrypoint: ['/bin/sh'] } });
    expect((await bodyOf(get(entrypoint, 'oci'), 200)).config.process.args).toEqual(['/bin/sh']);
  });

  it('applies its overrides last, and keeps variables that they do not name', async () => {
    const env = [
      { name: 'B', value: 'task' },
      { name: 'C', value: 'task' },
    ];
    const overrides = { process: { env: [{ name: 'C', value: 'override' }], cwd: '/tmp' } };
    const composer = await composed(image, { process: { env, user: { uid: 0 } } }, { overrides });
    const { process, from } = await taskIn(composer);
    expect(Object.fromEntries(process.env.map(({ name, value }: never) => [name, value]))).toEqual({
      A: '1',
      B: 'task',
      C: 'override',
    });
    expect(from).toMatchObject({
      'process.env["A"]': image,
      'process.env["B"]': 'task',
      'process.env["C"]': 'override',
      'process.cwd': 'override',
      'process.user.uid': 'task',
      'process.user.gid': 'default',
    });
  });

  it('has its entrypoint below the mount of the storage with which it joined', async () => {
    const [volume, task] = [
      await stage.make('volume'),
      await stage.make('task', { spec: { process: { entrypoint: ['/bin/tool'], args: ['/etc/conf'] } } }),
    ];
    await bodyOf(stage.call('PUT', associationPath(volume, task)), 200);
    const composer = await stage.compose();
    await composer.mount(image, '/');
    await composer.mount(volume, '/opt/x');
    expect((await bodyOf(get(composer, 'oci'), 200)).config.process.args).toEqual([
      '/opt/x/bin/tool',
      '/etc/conf',
    ]);
  });
});
