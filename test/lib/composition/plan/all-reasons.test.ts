import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { Target } from '../../../../lib/composition/plan/target.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, rendered as targets } from './rendered.ts';
import { MAIN, ROOT_IMAGE, runnable, someSpec, storage, task } from './some-input.ts';

/** A single obstacle to a plan, and the place of its reason. */
interface Obstacle {
  readonly path: string;
  readonly put: (input: PlanInput) => PlanInput;
}

const inMain = (path: string, change: (spec: TaskSpec) => TaskSpec): Obstacle => ({
  path: `tasks["${MAIN}"].${path}`,
  put: (input) => ({
    ...input,
    tasks: input.tasks.map((one) => (one.id === MAIN ? { ...one, spec: change(one.spec) } : one)),
  }),
});
const processWith = (path: string, process: TaskSpec['process']): Obstacle =>
  inMain(path, (spec) => ({ ...spec, process: { ...spec.process, ...process } }));

const noLog = inMain('logging.stdout', (spec) => ({
  ...spec,
  logging: { stdout: 'log://no/log', stderr: 'none' },
}));
const ceiling: Obstacle = {
  path: `tasks["${MAIN}"].resources.memory.limit`,
  put: (input) => ({
    ...input,
    executor: {
      ...input.executor,
      spec: { ...input.executor.spec, resources: { memory: { limit: 2 ** 23 } } },
    },
  }),
};
const emptyImage: Obstacle = {
  path: 'storage["image://library/empty"]',
  put: (input) => ({
    ...input,
    storage: [
      ...input.storage,
      storage('image://library/empty', '/opt', [{ id: 'image://library/empty', ro: {} }]),
    ],
  }),
};

const volumeAtRoot: Obstacle = {
  path: `storage["${ROOT_IMAGE}"]`,
  put: (input) => ({
    ...input,
    storage: input.storage.map((one) => (one.id === ROOT_IMAGE ? { ...one, kind: 'volume' } : one)),
  }),
};

const obstacles: Readonly<Record<Target, readonly Obstacle[]>> = {
  container: [
    noLog,
    ceiling,
    inMain('annotations["dev.taskport.x"]', (spec) => ({ ...spec, annotations: { 'dev.taskport.x': 'y' } })),
    {
      path: 'storage["volume://data/odd"].mount.path',
      put: (input) => ({
        ...input,
        storage: [...input.storage, storage('volume://data/odd', '/proc/a', [])],
      }),
    },
    {
      path: 'tasks["task://jobs/side"].process.args',
      put: (input) => ({ ...input, tasks: [...input.tasks, task('task://jobs/side', {})] }),
    },
  ],
  docker: [
    noLog,
    ceiling,
    volumeAtRoot,
    processWith('process.user.umask', { user: { umask: 0o077 } }),
    inMain('annotations["dev.taskport.x"]', (spec) => ({ ...spec, annotations: { 'dev.taskport.x': 'y' } })),
  ],
  oci: [
    noLog,
    ceiling,
    emptyImage,
    processWith('process.user.username', { user: { username: 'app' } }),
    {
      path: 'tasks["task://jobs/side"].process.args',
      put: (input) => ({
        ...input,
        tasks: [...input.tasks, task('task://jobs/side', { resources: { memory: { limit: 2 ** 22 } } })],
      }),
    },
  ],
  ecs: [
    noLog,
    ceiling,
    emptyImage,
    processWith('process.noNewPrivileges', { noNewPrivileges: true }),
    inMain('deadlines.runSeconds', (spec) => ({ ...spec, deadlines: { runSeconds: 1 } })),
    inMain('stop.signal', (spec) => ({ ...spec, stop: { signal: 'INT' } })),
    {
      path: 'executor.hostname',
      put: (input) => ({
        ...input,
        executor: { ...input.executor, spec: { ...input.executor.spec, hostname: 'box' } },
      }),
    },
  ],
};

describe.each(Object.keys(targets) as Target[])('the reasons why %s cannot run a composition', (target) => {
  it('are reported together, each with its place, and no others', () => {
    fc.assert(
      fc.property(fc.subarray([...obstacles[target]]), (chosen) => {
        const input = chosen.reduce((before, { put }) => put(before), runnable[target]);
        const rendered = targets[target](input);
        expect(pathsOf(rendered).toSorted()).toEqual(chosen.map(({ path }) => path).toSorted());
        expect('plan' in rendered).toBe(chosen.length === 0);
      }),
    );
  });

  it('are reported for an empty composition', () => {
    const nothing = { ...runnable[target], storage: [], tasks: [] };
    expect(pathsOf(targets[target](nothing))).toEqual(expect.arrayContaining(['storage', 'tasks']));
  });

  it('do not change the input, and are the same if computed again', () => {
    const input = runnable[target];
    const before = JSON.stringify(input);
    expect(targets[target](input)).toEqual(targets[target](JSON.parse(before)));
    expect(JSON.stringify(input)).toBe(before);
    expect(someSpec).toEqual(input.tasks[0]?.spec);
  });
});
