import { cpusOf, type Resources, statedResources } from './allowance.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { fargateCpus, fargateMemory } from './fargate-size.ts';
import { ofTask, type Refuse, refuseUnder } from './refusal.ts';

/** The share of one container, in fields of ECS. */
interface ContainerShare {
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
}

/** The size of the ECS task, and the share of each container, in the order of the tasks. */
export interface EcsResources {
  readonly cpu: string;
  readonly memory: string;
  readonly shares: readonly ContainerShare[];
}

const MIB = 2 ** 20;
/** MiB of the smallest container (ECS API, ContainerDefinition, memory). */
const LEAST_MEMORY = 6;
const UNITS_PER_CPU = 1024;

const mibOf = (bytes: number | undefined, path: string, refuse: Refuse): number | undefined => {
  if (bytes === undefined) return undefined;
  if (bytes % MIB !== 0) refuse(path, `is ${bytes} bytes: take whole MiB, as ECS does`);
  if (bytes < LEAST_MEMORY * MIB)
    refuse(path, `is less than ${LEAST_MEMORY} MiB, which ECS gives every container: set it higher`);
  return Math.ceil(bytes / MIB);
};

const shareOf = ({ memory, cpu }: Resources, refuse: Refuse): ContainerShare => {
  const limit = mibOf(memory?.limit, 'memory.limit', refuse);
  const reservation = mibOf(memory?.reservation, 'memory.reservation', refuse);
  if (limit !== undefined && reservation !== undefined && reservation >= limit)
    refuse(
      'memory.reservation',
      'is not less than the limit, as ECS wants it: set it lower, or leave it out',
    );
  return { cpu: cpu?.shares, memory: limit, memoryReservation: reservation };
};

interface Size {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * The size of the ECS task. Nothing else limits CPU, so the stated CPU must be a size of Fargate. So must the
 * memory if `isExact`.
 */
const sizeOf = (
  cpus: number | undefined,
  mib: number | undefined,
  isExact: boolean,
  refuse: Refuse,
): Size => {
  if (cpus === undefined) refuse('cpu.quota', 'is missing, and Fargate needs a limit of CPU: set it');
  if (mib === undefined) refuse('memory.limit', 'is missing, and Fargate needs a limit of memory: set it');
  const cpu = (cpus ?? 0) * UNITS_PER_CPU;
  if (cpus !== undefined && !fargateCpus.includes(cpu)) {
    const known = fargateCpus.map((one) => one / UNITS_PER_CPU).join(', ');
    refuse('cpu.quota', `is a limit of ${cpus} CPUs, which no size of Fargate has: take one of ${known}`);
  }
  if (mib === undefined || !fargateCpus.includes(cpu)) return { cpu, memory: 0 };
  const memory = fargateMemory(cpu, mib);
  if (memory === undefined)
    refuse('memory.limit', `is ${mib} MiB, more than Fargate has with ${cpus} CPUs: take less, or more CPUs`);
  else if (isExact && memory !== mib)
    refuse(
      'memory.limit',
      `is ${mib} MiB, which no size of Fargate with ${cpus} CPUs has: take the next one, ${memory}`,
    );
  return { cpu, memory: memory ?? 0 };
};

const refusePids = (resources: Resources | undefined, refuse: Refuse): void => {
  if (resources?.pids !== undefined) refuse('pids', 'limits processes, which Fargate does not: leave it out');
};

/** One container: it gets a memory limit of its own if the next size of Fargate has more. */
const single = (task: ComposedTask, report: Refuse): EcsResources => {
  const refuseTask = ofTask(report, task.id);
  const allowance = task.resources;
  const stated = statedResources(task.spec.resources);
  // A problem of the task's own resources is reported at the task, and a missing or inherited resource at the
  // executor.
  const refuse: Refuse = (path, message) =>
    refuseUnder(stated.has(path) ? refuseTask : refuseUnder(report, 'executor'), 'resources')(path, message);
  refusePids(allowance, refuse);
  const share = shareOf(allowance, refuse);
  const { cpu, memory } = sizeOf(cpusOf(allowance), share.memory, false, refuse);
  if ((share.cpu ?? 0) > cpu)
    refuse('cpu.shares', `is ${share.cpu}, more than the ${cpu} of the whole: take less`);
  return { cpu: String(cpu), memory: String(memory), shares: [share] };
};

/** Several containers: the executor states their total, and each task its own share of that. */
const several = (
  tasks: readonly ComposedTask[],
  { spec: { resources: whole = {} } }: ComposedContainer['executor'],
  report: Refuse,
): EcsResources => {
  const refuse = refuseUnder(report, 'executor.resources');
  refusePids(whole, refuse);
  if (whole.memory?.reservation !== undefined)
    refuse(
      'memory.reservation',
      'is of several tasks together, and ECS keeps memory for each: set it in the tasks',
    );
  if (whole.cpu?.shares !== undefined)
    refuse('cpu.shares', 'is of several tasks together, and ECS weighs each of them: set it in the tasks');
  const { cpu, memory } = sizeOf(
    cpusOf(whole),
    mibOf(whole.memory?.limit, 'memory.limit', refuse),
    true,
    refuse,
  );
  const shares = tasks.map(({ id, resources: allowance, spec: { resources } }) => {
    const refuseTask = ofTask(report, id);
    const refuseOwn = refuseUnder(refuseTask, 'resources');
    if (cpusOf(allowance) !== cpusOf(whole))
      refuseOwn(
        'cpu',
        'limits one of several tasks, and Fargate limits all of them together: set it on the executor',
      );
    refusePids(resources, refuseOwn);
    return shareOf(resources ?? {}, refuseOwn);
  });
  const sum = (part: keyof ContainerShare): number => shares.reduce((all, one) => all + (one[part] ?? 0), 0);
  if (sum('cpu') > cpu)
    refuse('cpu', `has ${cpu} shares, and its tasks ask for ${sum('cpu')}: give it more, or them less`);
  if (sum('memory') > memory)
    refuse('memory', `is ${memory} MiB, and its tasks ask for ${sum('memory')}: give it more, or them less`);
  return { cpu: String(cpu), memory: String(memory), shares };
};

export const ecsResources = (
  tasks: readonly ComposedTask[],
  executor: ComposedContainer['executor'],
  refuse: Refuse,
): EcsResources => {
  const [only, ...others] = tasks;
  return only !== undefined && others.length === 0 ? single(only, refuse) : several(tasks, executor, refuse);
};
