import type { ContainerInspectInfo } from 'dockerode';
import type { Exit } from '../../lib/execution/attempt.ts';
import { statusOf } from './api-error.ts';
import { courseOf, nameWith } from './container-name.ts';
import type { Containers } from './containers.ts';
import { endedAt, exitOf } from './exit.ts';

/** An engine that shuts down kills containers after this time; the group is the last. */
const SHUTDOWN_MS = 15_000;

/**
 * Records in a container's name what the runner is about to do. An engine without free space refuses that, and the runner acts all the
 * same: the task that it is about to end may fill the disk.
 */
export const noted = async (containers: Containers, id: string, name: string): Promise<void> => {
  await containers.rename(id, name).catch((error) => {
    if (statusOf(error) === undefined) throw error;
  });
};

/** Ends a group without tasks and everything that runs in it. Its name then says that a runner ended it. */
export const endGroup = async (containers: Containers, id: string): Promise<void> => {
  const found = await containers.inspect(id);
  if (!found) return;
  const { base, isOver } = courseOf(found.Name);
  if (!isOver && found.State.Running)
    await noted(containers, id, nameWith(base, { interrupts: 0, isOver: true }));
  if (found.State.Running) await containers.signal(id, 'KILL');
};

/** How a task ended. Only its runner ends a group; if the group ended before that, the engine was restarted or somebody interfered, and the task did not end by itself. */
export const endOf = async (
  containers: Containers,
  task: ContainerInspectInfo | undefined,
  groupId: string,
): Promise<Exit & { readonly at: string }> => {
  const now = new Date().toISOString();
  if (!task) return { lost: 'its container was removed', at: now };
  const at = endedAt(task.State) ?? now;
  const finished = Date.parse(task.State.FinishedAt);
  const group = await containers.inspect(groupId);
  if (!group) return { lost: 'the container that holds its namespaces was removed', at };
  const isUnasked = !group.State.Running && !courseOf(group.Name).isOver;
  if (isUnasked && Date.parse(group.State.FinishedAt) - finished < SHUTDOWN_MS)
    return { lost: 'the engine was restarted, or its group was ended by somebody else', at };
  return { ...exitOf(task.State), at };
};
