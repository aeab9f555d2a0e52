import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import type { Refuse } from './refusal.ts';

export type Resources = NonNullable<TaskSpec['resources']>;

/** The resources that a specification states, by their paths. */
export const statedResources = (resources: Resources | undefined): Map<string, number> => {
  const { memory, cpu, pids } = resources ?? {};
  const all: [string, number | undefined][] = [
    ['memory.limit', memory?.limit],
    ['memory.reservation', memory?.reservation],
    ['cpu.shares', cpu?.shares],
    ['cpu.quota', cpu?.quota],
    ['cpu.period', cpu?.period],
    ['pids', pids],
  ];
  return new Map(all.filter((one): one is [string, number] => one[1] !== undefined));
};

/** The number of CPUs that a quota allows; undefined if nothing limits them. */
export const cpusOf = ({ cpu }: Resources): number | undefined =>
  cpu?.quota === undefined ? undefined : cpu.quota / (cpu.period ?? taskSpecDefaults.resources.cpu.period);

/** The resources of a task; those of the executor apply if the task states none. */
export const allowanceOf = (task: Resources | undefined, executor: Resources | undefined): Resources => ({
  memory: { ...executor?.memory, ...task?.memory },
  cpu: { ...executor?.cpu, ...task?.cpu },
  pids: task?.pids ?? executor?.pids,
});

/**
 * Refuses a task that asks for more than its executor has, whose resources are a ceiling. It compares CPU as
 * quota divided by period, because the quota or the period alone states no number of CPUs.
 */
export const refuseExcess = (
  task: Resources | undefined,
  executor: Resources | undefined,
  refuse: Refuse,
): void => {
  const ceiling = statedResources(executor);
  for (const [path, asked] of statedResources(task)) {
    const most = ceiling.get(path);
    if (path !== 'cpu.quota' && path !== 'cpu.period' && most !== undefined && asked > most)
      refuse(
        `resources.${path}`,
        `is ${asked}, and the executor has ${most}: ask for less, or give the executor more`,
      );
  }
  const allowance = allowanceOf(task, executor);
  const [asked, most] = [cpusOf(allowance), cpusOf(executor ?? {})];
  if (asked !== undefined && most !== undefined && asked > most)
    refuse(
      'resources.cpu',
      `asks for ${asked} CPUs, and the executor has ${most}: ask for less, or give the executor more`,
    );
  const { limit, reservation } = allowance.memory ?? {};
  if (limit !== undefined && reservation !== undefined && reservation > limit)
    refuse(
      'resources.memory',
      `has a limit of ${limit}, and a reservation of ${reservation}: make the reservation no more than the limit`,
    );
};
