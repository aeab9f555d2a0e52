import * as z from 'zod/mini';
import { described, optional } from '../../facts.ts';
import { integer, notAbove } from './value.ts';

const MIB = 2 ** 20;
const bytes = () => integer(4 * MIB, 2 ** 50);

const memory = z
  .strictObject({
    limit: optional(bytes(), {
      description: 'The memory limit in bytes. The kernel kills a task that exceeds it.',
      source: 'OCI config-linux.md, Memory; 4 MiB was the floor of Docker before 20.10',
      absent: 'no limit',
    }),
    reservation: optional(bytes(), {
      description: 'The memory reserved for the task in bytes.',
      source: 'OCI config-linux.md, Memory; ECS ContainerDefinition, memoryReservation',
      bounds: 'not above `limit`',
      absent: 'no reservation',
    }),
  })
  .check(notAbove('reservation', 'limit'));

const cpu = z.strictObject({
  shares: optional(integer(2, 262_144), {
    description: 'The CPU weight of the task relative to other tasks. It applies when CPU time is scarce.',
    source: 'OCI config-linux.md, CPU; `cpu.shares` of the kernel, its bounds and its default',
  }),
  quota: optional(integer(1_000, 1_000_000_000), {
    description:
      'The CPU time in microseconds that the task may use in one period. A quota above the period allows more than one CPU.',
    source: 'OCI config-linux.md, CPU; the kernel takes no less than a millisecond',
    absent: 'no limit',
  }),
  period: optional(integer(1_000, 1_000_000), {
    description: 'The length of the period in microseconds.',
    source: 'OCI config-linux.md, CPU; bounds and default of the kernel (sched-bwc)',
  }),
});

/** Quotas and limits, of one task or of all tasks of an executor. */
export const resources = described(
  z.strictObject({
    memory: optional(memory, {
      description: 'The memory limit and reservation.',
      source: 'OCI config-linux.md, Memory',
    }),
    cpu: optional(cpu, { description: 'The CPU weight and quota.', source: 'OCI config-linux.md, CPU' }),
    pids: optional(integer(1, 4_194_304), {
      title: 'Processes and threads',
      description: 'The maximum number of processes and threads.',
      source: 'OCI config-linux.md, PIDs; PID_MAX_LIMIT of 64-bit Linux',
      absent: 'no limit',
    }),
  }),
  {
    description: 'The resources that a task may use, or that all tasks of an executor may use together.',
    source: 'OCI config-linux.md, Control groups',
  },
);
