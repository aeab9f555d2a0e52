import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { HOUR, integer, list, notAbove, text } from './value.ts';

/** The check of a running task's health. */
export const healthCheck = z
  .strictObject({
    command: optional(list(text(4096), 64), {
      description:
        'The program and its arguments. The engine runs them in the container without a shell. Exit code 0 means healthy. An empty list disables the check, even if the image has one.',
      source: 'ECS HealthCheck',
      absent: 'the command of the image, else no check',
    }),
    intervalSeconds: optional(integer(1, HOUR), {
      description: 'Seconds between checks.',
      source: 'ECS HealthCheck, and its default',
    }),
    timeoutSeconds: optional(integer(1, HOUR), {
      description:
        'Maximum duration of a check in seconds. If only `intervalSeconds` is set and is shorter than the default, its value applies instead.',
      source: 'ECS HealthCheck, and its default',
      bounds: 'not above `intervalSeconds`',
    }),
    retries: optional(integer(1, 100), {
      description: 'The number of consecutive failed checks after which the task is unhealthy.',
      source: 'ECS HealthCheck, and its default',
    }),
    startPeriodSeconds: optional(integer(0, HOUR), {
      description: 'Seconds from the start during which failed checks do not count.',
      source: 'ECS HealthCheck, and its default',
    }),
  })
  .check(notAbove('timeoutSeconds', 'intervalSeconds'));
