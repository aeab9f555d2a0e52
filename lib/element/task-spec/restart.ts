import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { DAY, integer, list, notAbove, uniqueBy, YEAR } from './value.ts';

const exitCodes = () =>
  list(integer(0, 255), 256).check(uniqueBy((code) => code, 'names an exit code twice'));

/**
 * Whether and when a task is restarted. A field that needs another one to have an effect is no error without it,
 * so that a child can set `never` and inherit the rest.
 */
export const restart = z
  .strictObject({
    mode: optional(z.enum(['never', 'on-failure', 'always'], 'must be `never`, `on-failure` or `always`'), {
      description: 'When the service restarts the task: never, after a failure, or after every exit.',
      source: 'Docker restart policies, and their default; ECS ContainerRestartPolicy',
    }),
    attempts: optional(integer(0, 10_000), {
      description: 'The maximum number of restarts.',
      source: 'Docker restart policies, and their default',
      absent: 'no limit',
    }),
    delaySeconds: optional(integer(0, DAY), {
      description: 'Seconds before the first restart.',
      source: 'Kubernetes Pod Lifecycle, and its default',
      bounds: 'not above `maxDelaySeconds`',
    }),
    backoff: optional(z.number().check(z.minimum(1), z.maximum(10)), {
      description: 'The factor by which the delay grows with each restart.',
      source: 'Kubernetes Pod Lifecycle, and its default',
    }),
    maxDelaySeconds: optional(integer(0, DAY), {
      description:
        'Maximum delay before a restart in seconds. If only `delaySeconds` is set and is longer than the default, its value applies instead.',
      source: 'Kubernetes Pod Lifecycle, and its default',
    }),
    resetSeconds: optional(integer(1, YEAR), {
      description:
        'Seconds of an uninterrupted run after which the count of restarts and the delay start over.',
      source: 'Kubernetes Pod Lifecycle, which has ten minutes',
    }),
    ignoredExitCodes: optional(exitCodes(), {
      description: 'The exit codes after which the service does not restart the task, in any mode.',
      source: 'ECS ContainerRestartPolicy; POSIX `_exit`, of whose status eight bits arrive',
      uniqueItems: true,
    }),
    retryableExitCodes: optional(exitCodes(), {
      description: 'The only exit codes after which the service restarts the task.',
      source: 'AWS Batch EvaluateOnExit; POSIX `_exit`, of whose status eight bits arrive',
      bounds: 'no exit code that is in `ignoredExitCodes`',
      uniqueItems: true,
      absent: 'all exit codes that the mode covers',
    }),
  })
  .check(
    notAbove('delaySeconds', 'maxDelaySeconds'),
    z.refine(
      ({ ignoredExitCodes = [], retryableExitCodes = [] }) =>
        !retryableExitCodes.some((code) => ignoredExitCodes.includes(code)),
      { path: ['retryableExitCodes'], message: 'must not name what `ignoredExitCodes` names' },
    ),
  );
