import type { Resources } from './allowance.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { type OciMount, ociMounts } from './oci-mount.ts';
import type { OciProcess } from './oci-process.ts';
import type { OciStorage } from './oci-schema.ts';

/** The first release of the specification that has all fields used here; `umask` is the newest of them. */
const OCI_VERSION = '1.1.0';

/** A config.json (OCI runtime specification: config.md, config-linux.md). */
export interface OciConfig {
  readonly ociVersion: string;
  readonly hostname: string;
  readonly root: { readonly path: 'rootfs'; readonly readonly: boolean };
  readonly process: OciProcess;
  readonly mounts: readonly OciMount[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: {
    readonly namespaces: readonly { readonly type: string }[];
    readonly resources: {
      /** No devices, except those that the runtime adds itself, such as `/dev/null`. */
      readonly devices: readonly { readonly allow: boolean; readonly access: string }[];
      readonly memory?: Resources['memory'];
      readonly cpu?: Resources['cpu'];
      readonly pids?: { readonly limit: number } | undefined;
    };
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
  };
}

/**
 * The kernel's paths that a container cannot see, and those that it cannot change: the same as in runc and
 * containerd.
 */
const maskedPaths = [
  ...['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/sched_debug'],
  ...[
    '/proc/scsi',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/sys/firmware',
    '/sys/devices/virtual/powercap',
  ],
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** A container with namespaces of its own. Its network is empty until a runner connects it. */
const namespacesOf = (networkMode: string) =>
  ['pid', 'ipc', 'uts', 'mount', 'network', 'cgroup']
    .filter((type) => type !== 'network' || networkMode !== 'host')
    .map((type) => ({ type }));

export const ociConfig = (
  { hostname, network, shmSize }: ComposedContainer['executor'],
  { resources: { memory, cpu, pids }, tmpfs, labels }: ComposedTask,
  process: OciProcess,
  readonly: boolean,
  storage: readonly OciStorage[],
): OciConfig => ({
  ociVersion: OCI_VERSION,
  hostname,
  root: { path: 'rootfs', readonly },
  process,
  mounts: ociMounts(storage, tmpfs, shmSize),
  annotations: labels,
  linux: {
    namespaces: namespacesOf(network.mode),
    resources: {
      devices: [{ allow: false, access: 'rwm' }],
      memory,
      cpu,
      pids: pids === undefined ? undefined : { limit: pids },
    },
    maskedPaths,
    readonlyPaths,
  },
});
