import * as z from 'zod/mini';
import { elementId, joinedTaskId } from '../../element/id-schema.ts';
import { described, optional } from '../../facts.ts';
import type { Frozen } from '../../shown.ts';
import { attempt, composedStorage, orders, partOf } from './container-schema.ts';
import type { GroupContainer, TaskContainer } from './docker-request.ts';

/**
 * The requests by which a Docker engine runs a composition: one container that holds what the tasks share, and
 * one for each task. The runner adds what only it knows: `Image`, `NetworkMode`, `PidMode` and `IpcMode` of the
 * tasks (`container:<the group's>`), `Mounts`, `LogConfig`, the values of secrets.
 */
export const dockerPlan = z.object({
  target: described(z.literal('docker'), 'What it is for.'),
  image: optional(
    z.object({
      id: described(elementId, 'The ID of the image.'),
      digest: optional(
        z.string(),
        'Of its manifest: it is pulled as `<registry>/<location>/<name>@<digest>`.',
      ),
      registryImage: optional(z.string(), 'The image of another registry that it stands for.'),
    }),
    'The image at `/`, of which each task has a root of its own; absent where that is empty.',
  ),
  group: described(
    partOf<GroupContainer>({ Hostname: described(z.string(), 'The host name that the tasks see.') }),
    'The body of `POST /containers/create` of the container that holds network, processes and shared memory.',
  ),
  tasks: described(
    z.array(
      z.object({
        id: described(joinedTaskId, 'The ID of the task.'),
        attempt,
        create: described(
          partOf<TaskContainer>({
            Env: described(z.array(z.string()), '`NAME=value`, without the secrets.'),
          }),
          'The body of `POST /containers/create` of its container.',
        ),
        orders: described(orders, 'The further instructions of the task for the runner.'),
      }),
    ),
    'In the order in which they joined.',
  ),
  storage: described(
    z.array(composedStorage),
    'What is mounted below `/` in each of them, in the order in which it joined.',
  ),
});
export type DockerPlan = Frozen<z.infer<typeof dockerPlan>>;
