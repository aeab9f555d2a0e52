import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { DAY, integer, YEAR } from './value.ts';

/** The times after which a task is stopped. */
export const deadlines = z.strictObject({
  startSeconds: optional(integer(1, YEAR), {
    description: 'Seconds from the bind in which it must have started.',
    source: 'Taskport; ECS ContainerDefinition has a startTimeout',
    absent: 'no deadline',
  }),
  runSeconds: optional(integer(1, YEAR), {
    description: 'Seconds from its start, restarts included, after which it is stopped.',
    source: 'AWS Batch JobTimeout; Kubernetes `activeDeadlineSeconds`',
    absent: 'no deadline',
  }),
  notAfter: optional(
    z.iso.datetime({ error: 'must be a time in UTC, such as `2030-01-31T12:00:00Z`' }).check(z.maxLength(30)),
    {
      description: 'Time after which it is neither started nor left running.',
      source: 'RFC 3339, section 5.6',
      bounds: 'RFC 3339 in UTC, with `Z`',
      absent: 'no deadline',
    },
  ),
  stopSeconds: optional(integer(0, DAY), {
    description: 'Seconds from the stop signal until it is killed.',
    source: 'ECS ContainerDefinition, stopTimeout, and its default',
  }),
});
