import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, renderOci } from './rendered.ts';
import { executorWith, inputOf, MAIN, MIB, task, withSpec } from './some-input.ts';

const planFor = (spec: TaskSpec, parts: Partial<PlanInput> = {}) =>
  planOf(renderOci(withSpec(inputOf(parts), spec)));
const run = { args: ['/bin/tool'] };

describe('the resources of the executor', () => {
  const ceiling = {
    memory: { limit: 64 * MIB, reservation: 8 * MIB },
    cpu: { shares: 512, quota: 50_000, period: 100_000 },
    pids: 100,
  };

  it('apply if the task has none', () => {
    const { resources } = planFor({ process: run }, { executor: executorWith(ceiling) }).config.linux;
    expect(resources).toMatchObject({ memory: ceiling.memory, cpu: ceiling.cpu, pids: { limit: 100 } });
  });

  it('may be reduced by the task', () => {
    const less = { memory: { limit: 16 * MIB }, cpu: { quota: 10_000 }, pids: 10 };
    const { resources } = planFor({ process: run, resources: less }, { executor: executorWith(ceiling) })
      .config.linux;
    expect(resources).toMatchObject({
      memory: { limit: 16 * MIB, reservation: 8 * MIB },
      cpu: { shares: 512, quota: 10_000, period: 100_000 },
      pids: { limit: 10 },
    });
  });

  it.each<[TaskSpec['resources'], string]>([
    [{ memory: { limit: 65 * MIB } }, 'memory.limit'],
    [{ memory: { reservation: 9 * MIB } }, 'memory.reservation'],
    [{ memory: { limit: 7 * MIB } }, 'memory'],
    [{ cpu: { shares: 513 } }, 'cpu.shares'],
    [{ cpu: { quota: 50_001 } }, 'cpu'],
    [{ cpu: { period: 99_999 } }, 'cpu'],
    [{ pids: 101 }, 'pids'],
  ])('are a ceiling: %j', (resources, path) => {
    const input = inputOf({
      executor: executorWith(ceiling),
      tasks: [task(MAIN, { process: run, resources })],
    });
    expect(pathsOf(renderOci(input))).toEqual([`tasks["${MAIN}"].resources.${path}`]);
  });

  it('compare CPU as quota over period', () => {
    const spec = { process: run, resources: { cpu: { quota: 100_000, period: 200_000 } } };
    expect(planFor(spec, { executor: executorWith(ceiling) }).config.linux.resources.cpu).toMatchObject({
      quota: 100_000,
      period: 200_000,
    });
  });
});
