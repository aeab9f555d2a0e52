import * as z from 'zod/mini';
import { optional } from '../facts.ts';
import type { Frozen } from '../shown.ts';
import { extraHosts, network } from './network-spec.ts';
import { integer } from './task-spec/value.ts';
import { resources } from './task-spec.ts';

/** The specification of an executor: settings that apply to all of its tasks. */
export const executorSpec = z.strictObject({
  hostname: optional(
    z
      .string()
      .check(
        z.regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'must be a host name label (RFC 1123)'),
      ),
    {
      description: 'The host name that the tasks see.',
      source: 'OCI config.md, Hostname; RFC 1123, section 2.1',
      bounds: '1 to 63 letters, digits and inner hyphens',
      absent: 'derived from the name of the executor',
    },
  ),
  network: optional(network, {
    description: 'The network that its tasks share.',
    source: 'Docker Engine API, HostConfig, NetworkMode and PortBindings',
  }),
  extraHosts: optional(extraHosts, {
    description: 'Additional lines of `/etc/hosts`.',
    source: 'Docker Engine API, HostConfig, ExtraHosts; ECS HostEntry',
    bounds: 'none twice',
  }),
  shmSize: optional(integer(4096, 2 ** 50), {
    title: 'Shared memory',
    description: 'The size in bytes of `/dev/shm`, the shared memory of the tasks.',
    source: 'Docker Engine API, HostConfig, ShmSize, and its default; ECS LinuxParameters, sharedMemorySize',
  }),
  resources: z.optional(resources),
});
export type ExecutorSpec = Frozen<z.infer<typeof executorSpec>>;
