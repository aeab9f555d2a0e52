import * as z from 'zod/mini';
import { joinedTaskId } from '../../element/id-schema.ts';
import { described } from '../../facts.ts';
import type { Frozen } from '../../shown.ts';
import { attempt, partOf } from './container-schema.ts';
import type { RegisterTaskDefinition, RunTask } from './ecs-request.ts';

/**
 * What makes Amazon ECS run a composition on Fargate: the bodies of two requests. The caller adds what is its
 * own to them: to the first `executionRoleArn` (which pulls the image, reads the secrets and writes the logs),
 * `taskRoleArn` and a `runtimePlatform` other than Linux on x86-64; to the second `cluster`,
 * `networkConfiguration`, and as `taskDefinition` better the ARN that the first answers, since the family alone
 * is whatever was registered last. Containers of a task share network, processes and volumes, but no root
 * filesystem: each has a fresh one of the same image.
 */
export const ecsPlan = z.object({
  target: described(z.literal('ecs'), 'What it is for.'),
  registerTaskDefinition: described(
    partOf<RegisterTaskDefinition>({ family: described(z.string(), 'The family of the definition.') }),
    'The body of RegisterTaskDefinition.',
  ),
  runTask: described(
    partOf<RunTask>({
      taskDefinition: described(z.string(), 'Better the ARN that the first request answers.'),
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
    'The attempt and task of each container.',
  ),
});
export type EcsPlan = Frozen<z.infer<typeof ecsPlan>>;
