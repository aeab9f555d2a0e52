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
      description: 'Whether an exit, or one that is a failure, is followed by another start.',
      source: 'Docker restart policies, and their default; ECS ContainerRestartPolicy',
    }),
    attempts: optional(integer(0, 10_000), {
      description: 'How often it is started again.',
      source: 'Docker restart policies, and their default',
      absent: 'no limit',
    }),
    delaySeconds: optional(integer(0, DAY), {
      description: 'Seconds before the first restart.',
      source: 'Kubernetes Pod Lifecycle, and its default',
      bounds: 'not above `maxDelaySeconds`',
    }),
    backoff: optional(z.number().check(z.minimum(1), z.maximum(10)), {
      description: 'Factor by which the delay grows with every restart.',
      source: 'Kubernetes Pod Lifecycle, and its default',
    }),
    maxDelaySeconds: optional(integer(0, DAY), {
      description:
        'Seconds that the delay never exceeds. Where `delaySeconds` alone is given and longer, that is it.',
      source: 'Kubernetes Pod Lifecycle, and its default',
    }),
    resetSeconds: optional(integer(1, YEAR), {
      description: 'Seconds of one run after which restarts and their delays are counted anew.',
      source: 'Kubernetes Pod Lifecycle, which has ten minutes',
    }),
    ignoredExitCodes: optional(exitCodes(), {
      description: 'Exit codes after which it is not started again, whatever the mode.',
      source: 'ECS ContainerRestartPolicy; POSIX `_exit`, of whose status eight bits arrive',
      uniqueItems: true,
    }),
    retryableExitCodes: optional(exitCodes(), {
      description: 'The only exit codes after which it is started again.',
      source: 'AWS Batch EvaluateOnExit; POSIX `_exit`, of whose status eight bits arrive',
      bounds: 'none that is in `ignoredExitCodes`',
      uniqueItems: true,
      absent: 'all that the mode says',
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
