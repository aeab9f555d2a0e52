interface HttpTrigger {
  readonly kind: 'http';
  /** The paths that it answers, as API Gateway writes them; of several that fit, the most exact one counts. */
  readonly paths: readonly string[];
  /** Why everybody may call it; absent where the authorizer decides who may. */
  readonly open?: string;
  /** What else it answers, whatever the method: there it finds out itself who calls, and why it does. */
  readonly ownSignIn?: { readonly paths: readonly string[]; readonly reason: string };
}

/** Records of the table's stream, in order for one element. */
export interface StreamTrigger {
  readonly kind: 'stream';
  /** The rows whose changes matter, by one of their keys. */
  readonly rows: readonly ({ readonly pk: string } | { readonly sk: string })[];
  readonly batchSize: number;
  /** A record that keeps failing is set aside after this long, so that it cannot block its shard for a day. */
  readonly maxRecordAgeSeconds: number;
  readonly retryAttempts: number;
}

interface ScheduleTrigger {
  readonly kind: 'schedule';
  readonly everyMinutes: number;
}

/** Events of the bus, each for itself, and where it says so the clock. */
interface EventTrigger {
  readonly kind: 'event';
  /** Which ones, by their source and type; those `ofEcs` are of the cluster that tasks run in, on the bus of the account. */
  readonly events: readonly {
    readonly source: string;
    readonly detailTypes: readonly string[];
    readonly ofEcs?: true;
  }[];
  /** How often a call that failed is made again. */
  readonly retryAttempts: number;
  readonly everyMinutes?: number;
}

/** Nothing: an operator calls it. */
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
  /** Whether the bundle of the page lies beside it. */
  readonly page?: true;
  readonly trigger: HttpTrigger | StreamTrigger | EventTrigger | ScheduleTrigger | ManualTrigger;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** The IAM actions it gets, by resource; `index` is the table's indexes, `log` the table of events, `bucket` its objects, `alarms` the schedules of supervision, `registrySecret` what credentials of the registry are signed with, `engineLogs` what ECS writes of tasks, where there is that, `pullSecret` what ECS signs in with; `ecs…` are task definitions, those that run in the cluster, tasks there, lists of them, and the two roles of tasks. */
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
