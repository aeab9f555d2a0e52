import * as z from 'zod/mini';
import { joinedTaskId } from '../../element/id-schema.ts';
import { described } from '../../facts.ts';
import type { Frozen } from '../../shown.ts';
import { attempt, partOf } from './container-schema.ts';
import type { RegisterTaskDefinition, RunTask } from './ecs-request.ts';

/**
 * The requests by which Amazon ECS runs a composition on Fargate. The caller adds its own parameters. To the
 * first request it adds `executionRoleArn` (which pulls the image, reads the secrets and writes the logs),
 * `taskRoleArn`, and a `runtimePlatform` if that is not Linux on x86-64. To the second it adds `cluster` and
 * `networkConfiguration`, and as `taskDefinition` preferably the ARN that the first answers, since the family
 * alone means its latest revision. Containers of a task share network, processes and volumes, but no root
 * filesystem: each has a fresh one of the same image.
 */
export const ecsPlan = z.object({
  target: described(z.literal('ecs'), 'The target of the plan.'),
  registerTaskDefinition: described(
    partOf<RegisterTaskDefinition>({ family: described(z.string(), 'The family of the task definition.') }),
    'The body of RegisterTaskDefinition.',
  ),
  runTask: described(
    partOf<RunTask>({
      taskDefinition: described(
        z.string(),
        'The family of the task definition, which means its latest revision. The caller should replace it with the ARN that RegisterTaskDefinition answers.',
      ),
    }),
    'The body of RunTask.',
  ),
  tasks: described(
    z.array(
      z.object({
        id: described(joinedTaskId, 'The ID of the task.'),
        attempt,
        container: described(z.string(), 'The name of the container.'),
      }),
    ),
    'The task and the attempt that each container runs.',
  ),
});
export type EcsPlan = Frozen<z.infer<typeof ecsPlan>>;
