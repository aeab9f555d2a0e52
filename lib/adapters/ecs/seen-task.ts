import type { Container, Task } from '@aws-sdk/client-ecs';
import { defined } from '../../defined.ts';
import {
  type LaunchEnd,
  type LaunchedTask,
  type Seen,
  type SeenTask,
  UNHEALTHY,
} from '../../execution/launch.ts';

/** States of a task whose containers run or have run (Amazon ECS developer guide, task lifecycle). */
const BEGUN = ['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED', 'DELETED'];
const STOPPED = ['STOPPED', 'DELETED'];

/** The reason why a container ended is in the container; the reason why its task ended is in the task. */
const wordsOf = ({ stopCode, stoppedReason }: Task, { reason }: Container): string =>
  [...new Set([reason, stoppedReason, stopCode].filter((one) => one !== undefined && one !== ''))].join(
    ': ',
  ) || 'ECS does not say why';

/** AWS took the capacity away; the program's reaction to the signal does not matter. */
const TAKEN = ['SpotInterruption', 'TerminationNotice'];

const endOf = (task: Task, container: Container): LaunchEnd => {
  const { stopCode = '', stoppedReason = '', startedAt } = task;
  const { exitCode, reason = '' } = container;
  const at = (task.executionStoppedAt ?? task.stoppedAt)?.toISOString();
  const words = wordsOf(task, container);
  const told = (end: LaunchEnd): LaunchEnd => ({ ...end, ...defined({ at }) });
  if (stopCode === 'TaskFailedToStart') return told({ launchError: words });
  if (TAKEN.includes(stopCode)) return told({ lost: words });
  if (exitCode === undefined || exitCode === null)
    return told(startedAt === undefined ? { neverRan: words } : { lost: words });
  // Exit codes of a container are those of a process: none is above 255.
  const isStarved = reason.startsWith('OutOfMemory');
  return told({
    exitCode: exitCode & 0xff,
    ...defined({ outOfMemory: isStarved ? (true as const) : undefined }),
    ...defined({ unhealthy: stoppedReason.includes(UNHEALTHY) ? (true as const) : undefined }),
  });
};

/**
 * The step for which a task waits in each state before it runs (Amazon ECS developer guide, task lifecycle on
 * Fargate).
 */
const WAITS: Readonly<Record<string, string>> = {
  PROVISIONING: 'capacity and a network interface (ECS: PROVISIONING)',
  PENDING: 'its image to be pulled and its container to start (ECS: PENDING)',
  ACTIVATING: 'its container to start (ECS: ACTIVATING)',
};

const seenContainer = (task: Task, container: Container | undefined): SeenTask => {
  const { lastStatus = '', startedAt } = task;
  if (STOPPED.includes(lastStatus)) return { state: 'ended', end: endOf(task, container ?? {}) };
  if (!BEGUN.includes(lastStatus) || startedAt === undefined)
    return { state: 'pending', waitsFor: WAITS[lastStatus] ?? `its start (ECS: ${lastStatus})` };
  // A container that is not essential may end while the others run on.
  if (container?.lastStatus === 'STOPPED' && typeof container.exitCode === 'number')
    return { state: 'ended', end: endOf(task, container) };
  const isUnhealthy = container?.healthStatus === 'UNHEALTHY' ? (true as const) : undefined;
  return { state: 'running', at: startedAt.toISOString(), ...defined({ isUnhealthy }) };
};

/** The state of a launch's task as ECS reports it; undefined if ECS does not know the task. */
export const seenOf = (task: Task | undefined, tasks: readonly LaunchedTask[]): Seen => ({
  isThere: task !== undefined,
  tasks: new Map(
    task
      ? tasks.map(({ container }) => [
          container,
          seenContainer(
            task,
            task.containers?.find(({ name }) => name === container),
          ),
        ])
      : [],
  ),
});
