import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { FunctionWiring } from '../function-wiring.ts';

/** How callers authenticate. */
export type Auth =
  /** By requests signed with AWS credentials (SigV4, service `execute-api`). */
  | 'iam'
  /** By tokens of an OpenID provider, for one of these audiences. */
  | { readonly issuer: string; readonly audience: readonly string[] };

/** How long history is kept. */
export interface Retention {
  /** Days of the audit trail, 1 to 3,650; 400 by default. */
  readonly auditDays?: number;
  /** Retention of all logs; three months by default. */
  readonly logs?: RetentionDays;
  /** Retention of events for replay, of batches that were set aside, and of bucket access logs; 90 days by default. */
  readonly archive?: Duration;
}

/** Limits. */
export interface Quotas {
  /** Calls a second of all callers together, and the burst; 1,000 and 2,000 by default. */
  readonly rate?: number;
  readonly burst?: number;
  /**
   * Calls a minute of one principal; further calls get `too-many-requests`. Without it there is no limit: it costs one write per call ([ADR
   * 19](../../docs/adr/0019-deployable.md)).
   */
  readonly requestsPerMinute?: number;
  /**
   * Reserved concurrency of functions, out of the account's concurrency. Without it they share: a new account has ten, of which none can be
   * reserved.
   */
  readonly reservedConcurrency?: Readonly<Partial<Record<FunctionWiring['name'], number>>>;
}

/** A table restored from a backup, with a stream of both images; `docs/operations.md` says how to make one. */
export interface RestoredTable {
  readonly arn: string;
  readonly streamArn: string;
}

/** Tasks on AWS Fargate. */
export interface FargateProps {
  /**
   * The VPC of the tasks: it needs a route to the API, to S3, to CloudWatch Logs and to the registries of the images. Without it tasks run in a
   * VPC of their own, with two public subnets.
   */
  readonly vpc?: IVpc;
  /** The subnets of the tasks; private subnets with egress by default. */
  readonly subnets?: SubnetSelection;
  /** Whether tasks have public addresses, without which they cannot leave a public subnet. By default true in the VPC of their own. */
  readonly assignPublicIp?: boolean;
  /** By default one of their own without inbound rules. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Whether tasks run on Fargate Spot, which AWS may interrupt, for a third of the price; `false` by default. */
  readonly spot?: boolean;
  /**
   * Whether ECS Exec works in running tasks: every principal with `ecs:ExecuteCommand` in the cluster then has the rights of the tasks. `false`
   * by default.
   */
  readonly exec?: boolean;
}

export interface TaskportProps {
  /**
   * The name of the bus, its log group, the schema registry and the metric namespace: lower case, unique in an account and region. By default it
   * derives from the construct's path: `taskport` in a stack `Taskport`.
   */
  readonly name?: string;
  /** `iam` by default. */
  readonly auth?: Auth;
  /**
   * The administrators: roles by their ARNs without a path, or `issuer|subject` of tokens. They have `admin` in every location, and only they
   * create locations of type `nfs` and set `allow`. By default there is none.
   */
  readonly administrators?: readonly string[];
  /** A custom domain name of the API, in addition to its default one; `domainTarget` is the target of its DNS record. */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
  readonly retention?: Retention;
  /**
   * The number of shards of the event log, 1 to 64; it cannot change later. By default an empty log gets 16, and an existing log without shards
   * stays so; `docs/operations.md` says how to add them.
   */
  readonly logShards?: number;
  /**
   * Whether each event is also a line in the log group `/aws/events/<name>/every-event`, at the price of log ingestion. It is optional: `GET
   * /events`, the audit trail and the archive have all events. `false` by default.
   */
  readonly eventLog?: boolean;
  /**
   * Seconds of silence of a runner after which another engine can get its tasks, 60 to 86,400; 300 by default. By then a living runner has ended
   * them. A runner renews its lease ten times as often: a short time moves the tasks of a lost machine soon, costs more calls, and ends the tasks
   * of a machine without network after four tenths of it.
   */
  readonly runnerSilenceSeconds?: number;
  /** The topic of the alarms, which exist with or without it. */
  readonly alarms?: ITopic;
  /** The VPC of the functions; it needs a route to DynamoDB, S3, EventBridge, Scheduler and KMS. */
  readonly vpc?: IVpc;
  /** The subnets of the functions; private subnets by default. */
  readonly vpcSubnets?: SubnetSelection;
  /** By default one for each function. */
  readonly securityGroups?: readonly ISecurityGroup[];
  readonly quotas?: Quotas;
  /**
   * Engines that run tasks, beside the runners on machines. Administrators create locations of executors on an engine by its name. None by
   * default.
   */
  readonly engines?: { readonly fargate?: FargateProps };
  /**
   * The removal policy of tables, buckets, key and logs; they are retained by default. With `DESTROY` tables also have no deletion protection,
   * and buckets must be empty.
   */
  readonly removalPolicy?: RemovalPolicy;
  /** The table that the functions use instead of this construct's own table, which is kept. */
  readonly restoredTable?: RestoredTable;
}
