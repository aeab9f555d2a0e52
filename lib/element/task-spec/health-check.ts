import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { HOUR, integer, list, notAbove, text } from './value.ts';

/** The check of a running task's health. */
export const healthCheck = z
  .strictObject({
    command: optional(list(text(4096), 64), {
      description:
        'Program and arguments, run in the container by no shell. Exit code 0 is healthy. An empty list is no check, whatever the image says.',
      source: 'ECS HealthCheck',
      absent: 'that of the image, else no check',
    }),
    intervalSeconds: optional(integer(1, HOUR), {
      description: 'Seconds between checks.',
      source: 'ECS HealthCheck, and its default',
    }),
    timeoutSeconds: optional(integer(1, HOUR), {
      description:
        'Seconds that a check may take. Where `intervalSeconds` alone is given and shorter, that is it.',
      source: 'ECS HealthCheck, and its default',
      bounds: 'not above `intervalSeconds`',
    }),
    retries: optional(integer(1, 100), {
      description: 'How many checks in a row must fail before the task is unhealthy.',
      source: 'ECS HealthCheck, and its default',
    }),
    startPeriodSeconds: optional(integer(0, HOUR), {
      description: 'Seconds from the start in which failed checks do not count.',
      source: 'ECS HealthCheck, and its default',
    }),
  })
  .check(notAbove('timeoutSeconds', 'intervalSeconds'));
