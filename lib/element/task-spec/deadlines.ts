import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { DAY, integer, YEAR } from './value.ts';

/** The times after which a task is stopped. */
export const deadlines = z.strictObject({
  startSeconds: optional(integer(1, YEAR), {
    description: 'Seconds from the bind until the task must have started.',
    source: 'Taskport; ECS ContainerDefinition has a startTimeout',
    absent: 'no deadline',
  }),
  runSeconds: optional(integer(1, YEAR), {
    description: 'Seconds from the first start, including restarts, after which the service stops the task.',
    source: 'AWS Batch JobTimeout; Kubernetes `activeDeadlineSeconds`',
    absent: 'no deadline',
  }),
  notAfter: optional(
    z.iso.datetime({ error: 'must be a time in UTC, such as `2030-01-31T12:00:00Z`' }).check(z.maxLength(30)),
    {
      description: 'The time after which the service does not start the task, and stops it if it runs.',
      source: 'RFC 3339, section 5.6',
      bounds: 'RFC 3339 in UTC, with `Z`',
      absent: 'no deadline',
    },
  ),
  stopSeconds: optional(integer(0, DAY), {
    description: 'Seconds from the stop signal until the engine kills the task.',
    source: 'ECS ContainerDefinition, stopTimeout, and its default',
  }),
});
