/** Bodies of the Docker Engine API (v1.41, `POST /containers/create`), as far as plans use them. Members keep the API's names. */

/** HealthConfig: nanoseconds; 0 means "as the image says". */
export interface Healthcheck {
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

/** The limits of one container, and the further rights that it has. */
export interface TaskHostConfig {
  /** Bytes. */
  readonly Memory?: number | undefined;
  /** Bytes of memory and swap together. */
  readonly MemorySwap?: number | undefined;
  /** Bytes. */
  readonly MemoryReservation?: number | undefined;
  readonly CpuShares?: number | undefined;
  /** Microseconds. */
  readonly CpuQuota?: number | undefined;
  /** Microseconds. */
  readonly CpuPeriod?: number | undefined;
  readonly PidsLimit?: number | undefined;
  /** With `CAP_`, or `ALL`. */
  readonly CapAdd: readonly string[];
  readonly CapDrop: readonly string[];
  readonly GroupAdd: readonly string[];
  readonly SecurityOpt: readonly string[];
  readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly ReadonlyRootfs: boolean;
  /** The options of a mount, by its path. */
  readonly Tmpfs: Readonly<Record<string, string>>;
  /** False for a task that runs as process 1 itself: it has a PID namespace of its own, not the group's. */
  readonly Init: boolean;
}

/** The container of a task. An absent field means "as the image says". */
export interface TaskContainer {
  readonly Entrypoint?: readonly string[] | undefined;
  readonly Cmd?: readonly string[] | undefined;
  /** `NAME=value`, without the secrets. */
  readonly Env: readonly string[];
  readonly WorkingDir?: string | undefined;
  /** `user` or `user:group`, each by number or by name. */
  readonly User?: string | undefined;
  readonly Tty: boolean;
  readonly AttachStdin: boolean;
  readonly OpenStdin: boolean;
  readonly StdinOnce: boolean;
  readonly StopSignal: string;
  /** Seconds. */
  readonly StopTimeout: number;
  readonly Healthcheck?: Healthcheck | undefined;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: TaskHostConfig;
}

/** The container whose network, processes and shared memory the tasks share; it runs no program of theirs. */
export interface GroupContainer {
  readonly Hostname: string;
  /** `80/tcp` and its like. */
  readonly ExposedPorts: Readonly<Record<string, Record<string, never>>>;
  readonly HostConfig: {
    readonly NetworkMode: string;
    /** By `80/tcp` and its like. */
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
    >;
    /** `name:address`. */
    readonly ExtraHosts: readonly string[];
    /** Tasks use its shared memory. */
    readonly IpcMode: 'shareable';
    /** Bytes of `/dev/shm`. */
    readonly ShmSize: number;
    /** Whether process 1 reaps orphaned processes. */
    readonly Init: boolean;
  };
}
