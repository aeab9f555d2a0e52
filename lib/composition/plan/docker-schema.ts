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
  target: described(z.literal('docker'), 'The target of the plan.'),
  image: optional(
    z.object({
      id: described(elementId, 'The ID of the image.'),
      digest: optional(
        z.string(),
        'The digest of the manifest. The engine pulls the image as `<registry>/<location>/<name>@<digest>`.',
      ),
      registryImage: optional(z.string(), 'The image in another registry for which the image stands.'),
    }),
    'The image at `/`, from which each task has its own root filesystem. Absent if the root filesystem is empty.',
  ),
  group: described(
    partOf<GroupContainer>({ Hostname: described(z.string(), 'The host name that the tasks see.') }),
    'The body of `POST /containers/create` for the container that holds the network, the processes and the shared memory.',
  ),
  tasks: described(
    z.array(
      z.object({
        id: described(joinedTaskId, 'The ID of the task.'),
        attempt,
        create: described(
          partOf<TaskContainer>({
            Env: described(
              z.array(z.string()),
              'The environment variables as `NAME=value`, without the secrets.',
            ),
          }),
          'The body of `POST /containers/create` for the container of the task.',
        ),
        orders: described(orders, 'The further instructions of the task for the runner.'),
      }),
    ),
    'The tasks, in the order in which they joined.',
  ),
  storage: described(
    z.array(composedStorage),
    'The storage that is mounted below `/` in each task, in the order in which it joined.',
  ),
});
export type DockerPlan = Frozen<z.infer<typeof dockerPlan>>;
