/** Requests of the Amazon ECS API, with the fields that plans use. */

/** ECS API, ContainerDefinition. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly repositoryCredentials?: { readonly credentialsParameter: string } | undefined;
  readonly essential: boolean;
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly workingDirectory?: string | undefined;
  readonly user?: string | undefined;
  readonly pseudoTerminal: boolean;
  readonly interactive: boolean;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  /** Shares: the weight of the container within the task. */
  readonly cpu?: number | undefined;
  /** MiB. */
  readonly memory?: number | undefined;
  /** MiB. */
  readonly memoryReservation?: number | undefined;
  readonly ulimits: readonly {
    readonly name: string;
    readonly softLimit: number;
    readonly hardLimit: number;
  }[];
  readonly linuxParameters: {
    readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
    readonly initProcessEnabled: boolean;
  };
  readonly readonlyRootFilesystem: boolean;
  readonly mountPoints: readonly MountPoint[];
  readonly portMappings?: readonly PortMapping[] | undefined;
  readonly dockerLabels: Readonly<Record<string, string>>;
  readonly healthCheck?: HealthCheck | undefined;
  readonly logConfiguration?: LogConfiguration | undefined;
  readonly stopTimeout: number;
  readonly restartPolicy?: RestartPolicy | undefined;
}

export interface MountPoint {
  readonly sourceVolume: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** ECS API, PortMapping: a port on which a container listens. */
export interface PortMapping {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface HealthCheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

export interface LogConfiguration {
  readonly logDriver: 'awslogs';
  readonly options: Readonly<Record<string, string>>;
}

export interface RestartPolicy {
  readonly enabled: boolean;
  readonly ignoredExitCodes: readonly number[];
  readonly restartAttemptPeriod: number;
}

/** ECS API, Volume: a volume of EFS, the only kind that plans use. */
export interface EfsVolume {
  readonly name: string;
  readonly efsVolumeConfiguration: {
    readonly fileSystemId: string;
    readonly rootDirectory: string;
    readonly transitEncryption: 'ENABLED';
  };
}

/** ECS API, RegisterTaskDefinition. */
export interface RegisterTaskDefinition {
  readonly family: string;
  readonly requiresCompatibilities: readonly ['FARGATE'];
  readonly networkMode: 'awsvpc';
  /** Units of 1/1024 CPU. */
  readonly cpu: string;
  /** MiB. */
  readonly memory: string;
  readonly pidMode?: 'task' | undefined;
  readonly ephemeralStorage?: { readonly sizeInGiB: number } | undefined;
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes: readonly EfsVolume[];
}

/** ECS API, RunTask. */
export interface RunTask {
  readonly taskDefinition: string;
  readonly launchType: 'FARGATE';
  readonly count: 1;
  readonly startedBy: string;
}
