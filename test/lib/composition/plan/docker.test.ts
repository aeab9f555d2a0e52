/** Compositions that Docker cannot run are refused with the place and a remedy; and the requests for others. */
import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, reasonsOf, rendered } from './rendered.ts';
import {
  cloudwatch,
  executorWith,
  inputOf,
  layer,
  MAIN,
  MIB,
  REGISTRY_REFERENCE,
  ROOT_IMAGE,
  readOnly,
  registryRoot,
  storage,
  task,
} from './some-input.ts';

const run: TaskSpec['process'] = { args: ['/bin/tool'] };
const SIDE = 'task://jobs/side';
const plan = (parts: Partial<PlanInput>) => planOf(rendered.docker(inputOf(parts)));
const reasons = (parts: Partial<PlanInput>) => reasonsOf(rendered.docker(inputOf(parts)));
const layers = (count: number) =>
  Array.from({ length: count }, (_, at) => layer(at === 0 ? ROOT_IMAGE : `image://library/l${at}`));

describe('Docker cannot', () => {
  it.each<[string, TaskSpec, string, RegExp]>([
    ['set a umask', { process: { ...run, user: { umask: 0 } } }, 'process.user.umask', /entrypoint/],
    [
      'take numbers of 32 bits for users',
      { process: { ...run, user: { uid: 2 ** 31 } } },
      'process.user.uid',
      /2147483647/,
    ],
    ['nor for groups', { process: { ...run, user: { gid: 2 ** 32 - 2 } } }, 'process.user.gid', /2147483647/],
    [
      'nor for further ones',
      { process: { ...run, user: { additionalGids: [2 ** 31] } } },
      'process.user.additionalGids',
      /2147483647/,
    ],
    [
      'limit address spaces',
      { process: { ...run, rlimits: [{ type: 'RLIMIT_AS', soft: 1, hard: 1 }] } },
      'process.rlimits',
      /memory\.limit/,
    ],
    [
      'limit memory to less than 6 MiB',
      { process: run, resources: { memory: { limit: 6 * MIB - 1 } } },
      'resources.memory.limit',
      /6 MiB/,
    ],
    [
      'keep less',
      { process: run, resources: { memory: { reservation: 4 * MIB } } },
      'resources.memory.reservation',
      /6 MiB/,
    ],
    [
      'part the output of a terminal',
      { process: { ...run, terminal: true }, logging: { stderr: 'none' } },
      'process.terminal',
      /one log/,
    ],
  ])('%s', (_, spec, path, way) => {
    expect(reasons({ tasks: [task(MAIN, spec)], logs: [cloudwatch('first')] })).toEqual([
      { path: `tasks["${MAIN}"].${path}`, message: expect.stringMatching(way) },
    ]);
  });

  it('mount a volume at `/`, or have more than 125 layers there', () => {
    const volume = storage('volume://data/root', '/', [layer('volume://data/root')]);
    expect(reasons({ storage: [volume] })).toMatchObject([
      { path: 'storage["volume://data/root"]', message: expect.stringContaining('join an image') },
    ]);
    plan({ storage: [storage(ROOT_IMAGE, '/', layers(125))] });
    expect(reasons({ storage: [storage(ROOT_IMAGE, '/', layers(126))] })).toMatchObject([
      { path: `storage["${ROOT_IMAGE}"]`, message: expect.stringContaining('125') },
    ]);
  });

  it('put our data over an image of another registry, or pull an invalid reference', () => {
    const base = { id: 'image://library/remote', ro: { 'registry/image': REGISTRY_REFERENCE } };
    const mixed = storage(ROOT_IMAGE, '/', [base, layer(ROOT_IMAGE)]);
    const odd = storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: { 'registry/image': 'alpine' } }]);
    for (const root of [mixed, odd])
      expect(pathsOf(rendered.docker(inputOf({ storage: [root] })))).toEqual([`storage["${ROOT_IMAGE}"]`]);
  });

  it.each(['oci', 'docker'] as const)('limit several tasks together, and neither can %s', (target) => {
    const of = (main: TaskSpec['resources'], side: TaskSpec['resources']) =>
      pathsOf(
        rendered[target](
          inputOf({
            executor: executorWith({ memory: { limit: 64 * MIB }, cpu: { quota: 100_000 }, pids: 10 }),
            tasks: [
              task(MAIN, { process: run, resources: main }),
              task(SIDE, { process: run, resources: side }),
            ],
          }),
        ),
      );
    const half = { memory: { limit: 32 * MIB }, cpu: { quota: 50_000 }, pids: 5 };
    expect(of(half, half)).toEqual([]);
    expect(of(half, { ...half, pids: 6 })).toEqual(['executor.resources.pids']);
    expect(of(half, { ...half, cpu: { quota: 30_000, period: 50_000 } })).toEqual([
      'executor.resources.cpu.quota',
    ]);
    expect(of(half, { pids: 1 })).toEqual([
      `tasks["${SIDE}"].resources.memory.limit`,
      `tasks["${SIDE}"].resources.cpu.quota`,
    ]);
    // Each task gets its own reason.
    expect(of(half, { ...half, memory: { limit: 128 * MIB } })).toEqual([
      `tasks["${SIDE}"].resources.memory.limit`,
    ]);
  });

  it('share the weights and reservations of an executor', () => {
    const tasks = [task(MAIN, { process: run }), task(SIDE, { process: run })];
    const executor = executorWith({ memory: { reservation: 64 * MIB }, cpu: { shares: 64 } });
    expect(reasons({ executor, tasks }).map(({ path }) => path)).toEqual([
      'executor.resources.memory.reservation',
      'executor.resources.cpu.shares',
    ]);
    expect(plan({ executor, tasks: tasks.slice(1) }).tasks[0]?.create.HostConfig).toMatchObject({
      MemoryReservation: 64 * MIB,
      CpuShares: 64,
    });
  });
});

describe('the requests to Docker', () => {
  it('use the image at `/`, and mount the other storage', () => {
    const volume = storage('volume://data/v', '/data', []);
    const own = storage(ROOT_IMAGE, '/', layers(1), { digest: 'sha256:abc' });
    expect(plan({ storage: [volume, own] })).toMatchObject({
      image: { id: ROOT_IMAGE, digest: 'sha256:abc' },
      storage: [{ id: 'volume://data/v' }],
    });
    expect(plan({ storage: [registryRoot] }).image).toEqual({
      id: ROOT_IMAGE,
      registryImage: REGISTRY_REFERENCE,
    });
    expect(plan({ storage: [storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: {} }])] })).not.toHaveProperty(
      'image',
    );
  });

  it('leave unset fields to an image of another registry', () => {
    const { create } = plan({ storage: [registryRoot], tasks: [task(MAIN, {})] }).tasks[0] ?? {};
    for (const field of ['Entrypoint', 'Cmd', 'WorkingDir', 'User', 'Healthcheck'])
      expect(create).not.toHaveProperty(field);
    const [said] = plan({
      storage: [registryRoot],
      tasks: [task(MAIN, { process: { args: ['-v'] } })],
    }).tasks;
    expect(said?.create).toMatchObject({ Cmd: ['-v'] });
    expect(said?.create).not.toHaveProperty('Entrypoint');
  });

  it('make the root read-only if the mount or the task says so', () => {
    const rootOf = (parts: Partial<PlanInput>) => plan(parts).tasks[0]?.create.HostConfig.ReadonlyRootfs;
    const root = storage(ROOT_IMAGE, '/', layers(1));
    expect(rootOf({ storage: [root] })).toBe(false);
    expect(rootOf({ storage: [readOnly(root)] })).toBe(true);
    expect(rootOf({ tasks: [task(MAIN, { process: run, root: { readOnly: true } })] })).toBe(true);
  });

  it('use no tmpfs over storage', () => {
    const volume = storage('volume://data/v', '/data', []);
    const tasks = [task(MAIN, { process: run, tmpfs: [{ path: '/tmp' }, { path: '/data' }] })];
    for (const target of ['container', 'oci', 'docker'] as const) {
      const input = inputOf({ storage: [storage(ROOT_IMAGE, '/', layers(1)), volume], tasks });
      expect(pathsOf(rendered[target](input))).toEqual([`tasks["${MAIN}"].tmpfs[1].path`]);
    }
  });
});
