import { describe, expect, it } from 'vitest';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, renderEcs } from './rendered.ts';
import { ecsInput, inMain, requestOf } from './some-ecs.ts';
import { someArgs as args, executorWith, MAIN, MIB, task } from './some-input.ts';

const GIB = 1024 * MIB;
const SIDE = 'task://jobs/side';

describe('the size of a task on Fargate', () => {
  const size = (resources: TaskSpec['resources'], executor?: TaskSpec['resources']) => {
    const { cpu, memory, containerDefinitions } = requestOf({
      executor: executorWith(executor),
      tasks: [task(MAIN, { process: { args }, resources })],
    });
    return [cpu, memory, containerDefinitions[0]?.memory];
  };

  it('is the next size that is large enough, and the container keeps its own limit', () => {
    expect(size({ memory: { limit: 100 * MIB }, cpu: { quota: 25_000 } })).toEqual(['256', '512', 100]);
    expect(size({ memory: { limit: 2500 * MIB }, cpu: { quota: 100_000 } })).toEqual(['1024', '3072', 2500]);
    expect(size({ memory: { limit: GIB }, cpu: { quota: 1_600_000 } })).toEqual(['16384', '32768', 1024]);
  });

  it('is the executor’s if the task has none', () => {
    expect(size(undefined, { memory: { limit: GIB }, cpu: { quota: 50_000 } })).toEqual([
      '512',
      '1024',
      1024,
    ]);
  });

  it.each<[TaskSpec['resources'], string]>([
    [{ memory: { limit: GIB } }, 'executor.resources.cpu.quota'],
    [{ cpu: { quota: 50_000 } }, 'executor.resources.memory.limit'],
    [{ memory: { limit: GIB }, cpu: { quota: 30_000 } }, inMain('resources.cpu.quota')],
    [{ memory: { limit: 3 * GIB }, cpu: { quota: 25_000 } }, inMain('resources.memory.limit')],
    [{ memory: { limit: GIB + 1 }, cpu: { quota: 50_000 } }, inMain('resources.memory.limit')],
    [{ memory: { limit: 5 * MIB }, cpu: { quota: 50_000 } }, inMain('resources.memory.limit')],
    [
      { memory: { limit: GIB, reservation: GIB }, cpu: { quota: 50_000 } },
      inMain('resources.memory.reservation'),
    ],
    [{ memory: { limit: GIB }, cpu: { quota: 50_000, shares: 513 } }, inMain('resources.cpu.shares')],
  ])('does not exist for %j', (resources, path) => {
    const tasks = [task(MAIN, { process: { args }, resources })];
    expect(pathsOf(renderEcs(ecsInput({ tasks })))).toEqual([path]);
  });
});

describe('several tasks on ECS', () => {
  const whole = { memory: { limit: GIB }, cpu: { quota: 50_000 } };
  const inputWith = (
    main: TaskSpec['resources'],
    side: TaskSpec['resources'],
    executor: TaskSpec['resources'],
  ) =>
    ecsInput({
      executor: executorWith(executor),
      tasks: [
        task(MAIN, { process: { args }, resources: main }),
        task(SIDE, { process: { args }, resources: side }),
      ],
    });

  it('are containers of one task, the first of which is essential, and share its size', () => {
    const input = inputWith({ memory: { limit: 256 * MIB } }, { cpu: { shares: 128 } }, whole);
    const { registerTaskDefinition, tasks } = planOf(renderEcs(input));
    expect(registerTaskDefinition).toMatchObject({ cpu: '512', memory: '1024', pidMode: 'task' });
    expect(
      registerTaskDefinition.containerDefinitions.map(({ name, essential, memory, cpu }) => ({
        name,
        essential,
        memory,
        cpu,
      })),
    ).toEqual([
      { name: 'jobs_main', essential: true, memory: 256 },
      { name: 'jobs_side', essential: false, cpu: 128 },
    ]);
    expect(tasks.map(({ container }) => container)).toEqual(['jobs_main', 'jobs_side']);
  });

  it('need an executor with a size of Fargate for all', () => {
    expect(pathsOf(renderEcs(inputWith(undefined, undefined, undefined)))).toEqual([
      'executor.resources.cpu.quota',
      'executor.resources.memory.limit',
    ]);
    const odd = { memory: { limit: 1100 * MIB }, cpu: { quota: 50_000 } };
    expect(pathsOf(renderEcs(inputWith(undefined, undefined, odd)))).toEqual([
      'executor.resources.memory.limit',
    ]);
  });

  it.each<[TaskSpec['resources'], TaskSpec['resources'], string]>([
    [{ pids: 10 }, {}, inMain('resources.pids')],
    [{}, { pids: 10 }, 'executor.resources.pids'],
    [{}, { memory: { limit: GIB, reservation: 8 * MIB } }, 'executor.resources.memory.reservation'],
    [{}, { cpu: { quota: 50_000, shares: 512 } }, 'executor.resources.cpu.shares'],
    [{ cpu: { shares: 513 } }, {}, 'executor.resources.cpu'],
  ])(
    'cannot have limits that ECS has only for one container or for all: %j of %j',
    (main, executor, path) => {
      const input = inputWith(main, {}, { ...whole, ...executor });
      expect(pathsOf(renderEcs(input))).toEqual([path]);
    },
  );

  it('cannot have CPU limits of their own, nor more together than the size', () => {
    const own = { cpu: { quota: 25_000 }, memory: { limit: 600 * MIB } };
    const other = { memory: { limit: 600 * MIB } };
    expect(pathsOf(renderEcs(inputWith(own, other, whole)))).toEqual([
      inMain('resources.cpu'),
      'executor.resources.memory',
    ]);
  });
});
