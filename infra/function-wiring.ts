interface HttpTrigger {
  readonly kind: 'http';
  /** Its paths, in the form of API Gateway; if several match, the most specific one wins. */
  readonly paths: readonly string[];
  /** Why everybody may call it; absent if the authorizer decides. */
  readonly open?: string;
  /** Further paths, for any method, on which the function authenticates callers itself, and the reason. */
  readonly ownSignIn?: { readonly paths: readonly string[]; readonly reason: string };
}

/** Records of the table's stream, in order for one element. */
export interface StreamTrigger {
  readonly kind: 'stream';
  /** Rows whose changes call the function, by one of their keys. */
  readonly rows: readonly ({ readonly pk: string } | { readonly sk: string })[];
  readonly batchSize: number;
  /** The age at which a failing record is set aside, so that it cannot block its shard for a day. */
  readonly maxRecordAgeSeconds: number;
  readonly retryAttempts: number;
}

interface ScheduleTrigger {
  readonly kind: 'schedule';
  readonly everyMinutes: number;
}

/** Events of the bus, one per call, and a schedule if `everyMinutes` is set. */
interface EventTrigger {
  readonly kind: 'event';
  /** Events by source and type; those `ofEcs` come from the cluster of the tasks, on the account's default bus. */
  readonly events: readonly {
    readonly source: string;
    readonly detailTypes: readonly string[];
    readonly ofEcs?: true;
  }[];
  /** Retries of a failed call. */
  readonly retryAttempts: number;
  readonly everyMinutes?: number;
}

/** No trigger: an operator calls it. */
interface ManualTrigger {
  readonly kind: 'manual';
}

export interface FunctionWiring {
  readonly name:
    | 'api'
    | 'console'
    | 'publish'
    | 'audit'
    | 'verify'
    | 'supervise'
    | 'sweep'
    | 'rotate'
    | 'redrive'
    | 'dispatch';
  readonly description: string;
  /** Path of the module, from the repository's root; it exports `handler`. */
  readonly entry: string;
  /** The bundle of the console lies beside it. */
  readonly page?: true;
  readonly trigger: HttpTrigger | StreamTrigger | EventTrigger | ScheduleTrigger | ManualTrigger;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /**
   * Its IAM actions, by resource: `index` is the table's indexes, `log` the table of events, `bucket` its objects, `alarms` the schedules of
   * supervision, `registrySecret` the secret that signs credentials of the registry, `engineLogs` the log group of tasks on ECS, `pullSecret` the
   * credential with which ECS pulls images; `ecs…` are task definitions, those run in the cluster, tasks in it, lists of tasks, and the two roles
   * of tasks.
   */
  readonly actions: Partial<Record<Resource, readonly string[]>>;
}

export type Resource =
  | 'table'
  | 'index'
  | 'log'
  | 'bucket'
  | 'listing'
  | 'bus'
  | 'alarms'
  | 'alarmRole'
  | 'registrySecret'
  | 'engineLogs'
  | 'failures'
  | 'failureListing'
  | 'pullSecret'
  | 'ecsDefinitions'
  | 'ecsRuns'
  | 'ecsTasks'
  | 'ecsLists'
  | 'ecsRoles';
