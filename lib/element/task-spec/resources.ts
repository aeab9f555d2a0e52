import * as z from 'zod/mini';
import { described, optional } from '../../facts.ts';
import { integer, notAbove } from './value.ts';

const MIB = 2 ** 20;
const bytes = () => integer(4 * MIB, 2 ** 50);

const memory = z
  .strictObject({
    limit: optional(bytes(), {
      description: 'Bytes of memory beyond which the task is killed.',
      source: 'OCI config-linux.md, Memory; 4 MiB was the floor of Docker before 20.10',
      absent: 'no limit',
    }),
    reservation: optional(bytes(), {
      description: 'Bytes of memory that are kept for the task.',
      source: 'OCI config-linux.md, Memory; ECS ContainerDefinition, memoryReservation',
      bounds: 'not above `limit`',
      absent: 'nothing kept',
    }),
  })
  .check(notAbove('reservation', 'limit'));

const cpu = z.strictObject({
  shares: optional(integer(2, 262_144), {
    description: 'Weight against other tasks where CPU is scarce.',
    source: 'OCI config-linux.md, CPU; `cpu.shares` of the kernel, its bounds and its default',
  }),
  quota: optional(integer(1_000, 1_000_000_000), {
    description: 'Microseconds of CPU in one period; more than a period is more than one CPU.',
    source: 'OCI config-linux.md, CPU; the kernel takes no less than a millisecond',
    absent: 'no limit',
  }),
  period: optional(integer(1_000, 1_000_000), {
    description: 'Length of the period in microseconds.',
    source: 'OCI config-linux.md, CPU; bounds and default of the kernel (sched-bwc)',
  }),
});

/** Quotas and limits, of one task or of all tasks of an executor. */
export const resources = described(
  z.strictObject({
    memory: optional(memory, { description: 'Memory.', source: 'OCI config-linux.md, Memory' }),
    cpu: optional(cpu, { description: 'CPU time.', source: 'OCI config-linux.md, CPU' }),
    pids: optional(integer(1, 4_194_304), {
      title: 'Processes and threads',
      description: 'How many processes and threads there may be.',
      source: 'OCI config-linux.md, PIDs; PID_MAX_LIMIT of 64-bit Linux',
      absent: 'no limit',
    }),
  }),
  {
    description: 'What a task may use, or all that an executor runs together.',
    source: 'OCI config-linux.md, Control groups',
  },
);
