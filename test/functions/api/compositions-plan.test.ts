import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { associationPath, Composer, openStage, type Stage } from '../../composing.ts';
import type { Answer } from '../../taskport.ts';
import { base64, bodyOf, digest, expectInvalid, expectProblem, tar } from './support.ts';

let stage: Stage;
let files: Uint8Array;
let base: string;
let layered: string;
beforeAll(async () => {
  stage = await openStage();
  files = await tar({ 'bin/': '', 'bin/tool': 'x' });
  base = await stage.make('image', { data: base64(files) });
  layered = await stage.make('image', { parentId: base, data: base64(await tar({ more: 'y' })) });
});
afterAll(() => stage.stop());

const get = (composer: Composer, query: string) =>
  stage.call('GET', `/v1/compositions/${composer.handle}/plan${query}`);
const planOf = (composer: Composer, target = 'oci') => bodyOf(get(composer, `?target=${target}`), 200);
const tool = { spec: { process: { args: ['/bin/tool'] } } };

/** An executor with an image at `/` and a task, neither bound. */
const composed = async (mount: object = {}, task: object = tool) => {
  const [composer, taskId] = [await stage.compose(), await stage.make('task', task)];
  await composer.mount(layered, '/', mount);
  await composer.join(taskId);
  return { composer, taskId };
};

describe('the plan of a composition', () => {
  it('needs a known target', async () => {
    const { composer } = await composed();
    expectInvalid(await get(composer, ''), '?target');
    expectInvalid(await get(composer, '?target=lxc'), '?target');
    expectInvalid(await get(composer, '?target=oci&target=ecs'), '?target');
    expectInvalid(await get(composer, '?target=oci&bound=true'), '?bound');
  });

  it('contains the layers of the root, each with a link to its data', async () => {
    const { composer, taskId } = await composed();
    await composer.bind();
    const plan = await planOf(composer);
    expect(plan).toMatchObject({
      target: 'oci',
      task: { id: taskId, attempt: 1 },
      layers: [{ id: base, checksum: digest('sha256', files), size: files.length }, { id: layered }],
      storage: [{ id: layered, path: 'rootfs', mountPath: '/', readOnly: false, writable: 'layer' }],
      config: { process: { args: ['/bin/tool'], cwd: '/' }, root: { readonly: false } },
    });
    const { status, headers } = await stage.call('GET', plan.layers[0].href);
    expect(status).toBe(307);
    const fetched = await fetch(headers.get('location') as string);
    expect(digest('sha256', new Uint8Array(await fetched.arrayBuffer()))).toBe(plan.layers[0].checksum);
  });

  it('contains all members before a task is bound, and then the bound ones', async () => {
    const { composer, taskId } = await composed();
    const [volume, other] = [await stage.make('volume'), await stage.make('task', tool)];
    await composer.mount(volume, '/data', { readOnly: true });
    await composer.bind(layered);
    const before = await planOf(composer);
    expect(before.task).toEqual({ id: taskId, attempt: 0 });
    expect(before.storage).toMatchObject([
      { id: layered },
      { id: volume, mountPath: '/data', readOnly: true },
    ]);
    await composer.join(other);
    await composer.bind(other);
    const after = await planOf(composer);
    expect(after.task).toEqual({ id: other, attempt: 1 });
    expect(after.storage).toMatchObject([{ id: layered }]);
    expect(after.storage).toHaveLength(1);
    expect(after.processes).toEqual([]);
  });

  it.each<[string, object, object, boolean]>([
    ['is written to by default', {}, tool, false],
    ['is read-only where it is mounted so', { readOnly: true }, tool, true],
    [
      'is read-only where the task asks for it',
      {},
      { spec: { ...tool.spec, root: { readOnly: true } } },
      true,
    ],
  ])('shows the access to the root filesystem: it %s', async (_, mount, task, isReadOnly) => {
    const { composer } = await composed(mount, task);
    await composer.bind();
    const plan = await planOf(composer);
    expect(plan.config.root).toEqual({ path: 'rootfs', readonly: isReadOnly });
    expect(plan.storage[0].writable).toBe(isReadOnly ? undefined : 'layer');
  });

  it('contains the limits of the executor, the destinations of logs, and the paths of tasks that joined with storage', async () => {
    const spec = { hostname: 'box', resources: { pids: 10 } };
    const composer = await new Composer(stage.post, await stage.make('executor', { spec })).open();
    const log = await stage.make('log', { spec: { file: { path: 'tool/today.log' } } });
    const [volume, task] = [await stage.make('volume'), await stage.make('task', tool)];
    await bodyOf(stage.call('PUT', associationPath(volume, task)), 200);
    await composer.mount(layered, '/');
    await composer.mount(volume, '/opt/x');
    await composer.join(log);
    await composer.bind();
    const plan = await planOf(composer);
    expect(plan.config).toMatchObject({
      hostname: 'box',
      process: { args: ['/opt/x/bin/tool'] },
      linux: { resources: { pids: { limit: 10 } } },
    });
    expect(JSON.stringify(plan.executor)).toContain('tool/today.log');
  });

  it('is refused with all reasons at once if a target cannot run it', async () => {
    const { composer, taskId } = await composed(
      {},
      { spec: { ...tool.spec, process: { user: { username: 'www' } } } },
    );
    const answer = await get(composer, '?target=oci');
    expectProblem(answer, 422, 'unsupported-by-target');
    const places = ({ body }: Answer) => body.reasons.map(({ path }: { path: string }) => path).sort();
    expect(places(answer)).toEqual(
      ['args', 'user.username'].map((field) => `tasks["${taskId}"].process.${field}`),
    );
    const empty = await get(await stage.compose(), '?target=oci');
    expectProblem(empty, 422, 'unsupported-by-target');
    expect(places(empty)).toEqual(['storage', 'tasks']);
    // Fargate cannot pull an image whose bytes are in the service.
    expectProblem(await get(composer, '?target=ecs'), 422, 'unsupported-by-target');
  });

  it('is the merged composition with all defaults, for the target container', async () => {
    const { composer, taskId } = await composed({}, { spec: { ...tool.spec, annotations: { owner: 'a' } } });
    await composer.bind();
    const { target, executor, storage, tasks, logs } = await planOf(composer, 'container');
    expect({ target, logs, executor: executor.id }).toEqual({
      target: 'container',
      logs: [],
      executor: composer.executorId,
    });
    expect(storage).toMatchObject([
      {
        id: layered,
        mount: { path: '/', readOnly: false },
        layers: [{ size: expect.any(Number) }, { id: layered }],
      },
    ]);
    expect(tasks).toMatchObject([
      {
        id: taskId,
        attempt: 1,
        process: { cwd: '/', user: { uid: 0 } },
        labels: { owner: 'a', 'dev.taskport.task': taskId },
        orders: { stop: { signal: 'TERM' }, deadlines: { stopSeconds: 30 } },
      },
    ]);
    expectProblem(await get(await stage.compose(), '?target=container'), 422, 'unsupported-by-target');
  });

  it('is a document for ECS if the root is an image of a registry', async () => {
    const resources = { memory: { limit: 512 * 2 ** 20 }, cpu: { quota: 25_000, period: 100_000 } };
    const task = await stage.make('task', { spec: { ...tool.spec, resources } });
    const composer = await stage.compose();
    const reference = `docker.io/library/alpine@sha256:${'a'.repeat(64)}`;
    const image = await stage.make('image', { metadata: { ro: { 'registry/image': reference } } });
    await composer.mount(image, '/');
    await composer.join(task);
    await composer.bind();
    expect(JSON.stringify(await planOf(composer, 'ecs'))).toContain(reference);
    expectProblem(await get(composer, '?target=oci'), 422, 'unsupported-by-target');
  });
});
