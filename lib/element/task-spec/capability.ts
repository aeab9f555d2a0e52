import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { list, uniqueBy } from './value.ts';

/** The default capabilities of a process: those of Docker and containerd. */
export const defaultCapabilities = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
] as const;

/** All of capabilities(7). */
export const capabilities = [
  ...defaultCapabilities,
  'CAP_AUDIT_CONTROL',
  'CAP_AUDIT_READ',
  'CAP_BLOCK_SUSPEND',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
  'CAP_DAC_READ_SEARCH',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_LEASE',
  'CAP_LINUX_IMMUTABLE',
  'CAP_MAC_ADMIN',
  'CAP_MAC_OVERRIDE',
  'CAP_NET_ADMIN',
  'CAP_NET_BROADCAST',
  'CAP_PERFMON',
  'CAP_SYSLOG',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_MODULE',
  'CAP_SYS_NICE',
  'CAP_SYS_PACCT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_WAKE_ALARM',
] as const;

const named = () =>
  list(
    z.enum(['ALL', ...capabilities], 'must be a capability such as `CAP_NET_ADMIN`, or `ALL`'),
    capabilities.length + 1,
  ).check(uniqueBy((name) => name, 'names a capability twice'));

/** The differences of a process's capabilities from the default ones. */
export const capabilityChanges = z
  .strictObject({
    add: optional(named(), {
      title: 'Added',
      description: 'Capabilities in addition to the default ones. `ALL` adds all capabilities.',
      source: 'capabilities(7); ECS KernelCapabilities',
      bounds: 'a [capability](#capabilities) or `ALL`',
      uniqueItems: true,
    }),
    drop: optional(named(), {
      title: 'Dropped',
      description:
        'Capabilities that the process does not have. `ALL` leaves only the capabilities in `add`.',
      source: 'capabilities(7); ECS KernelCapabilities',
      bounds: 'a [capability](#capabilities) or `ALL`, none that is in `add`',
      uniqueItems: true,
    }),
  })
  .check(
    z.refine(({ add = [], drop = [] }) => !drop.some((name) => add.includes(name)), {
      path: ['drop'],
      message: 'must not name what `add` names',
    }),
  );
