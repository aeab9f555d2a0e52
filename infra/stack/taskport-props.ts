import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { FunctionWiring } from '../function-wiring.ts';

/** How callers say who they are. */
export type Auth =
  /** By requests signed with AWS credentials (SigV4, service `execute-api`). */
  | 'iam'
  /** By tokens of an OpenID provider, for one of these audiences. */
  | { readonly issuer: string; readonly audience: readonly string[] };

/** For how long the past is kept. */
export interface Retention {
  /** Days for which it is told who did what, 1 to 3,650; 400 unless it says otherwise. */
  readonly auditDays?: number;
  /** Every log; three months unless it says otherwise. */
  readonly logs?: RetentionDays;
  /** Events to replay, batches that were set aside, and accesses to buckets; 90 days unless it says otherwise. */
  readonly archive?: Duration;
}

/** How much is let through. */
export interface Quotas {
  /** Calls a second of all callers together, and how many more at once; 1,000 and 2,000 unless it says otherwise. */
  readonly rate?: number;
  readonly burst?: number;
  /**
   * Calls a minute of one principal, who is told `too-many-requests` beyond. Without it nobody is counted: it costs a write a
   * call ([ADR 19](../../docs/adr/0019-deployable.md)).
   */
  readonly requestsPerMinute?: number;
  /**
   * How many of a function may run at once, taken out of what the account has for all. Without it they share: an account that
   * is new has ten, of which none can be reserved.
   */
  readonly reservedConcurrency?: Readonly<Partial<Record<FunctionWiring['name'], number>>>;
}

/** A table that was restored from a backup, with a stream of both images; `docs/operations.md` says how it is made. */
export interface RestoredTable {
  readonly arn: string;
  readonly streamArn: string;
}

/** Tasks on AWS Fargate. */
export interface FargateProps {
  /**
   * Where tasks run: it needs a way to the API, to S3, to CloudWatch Logs and to the registries that images are from. Without it they run in a network
   * of their own, of two public subnets.
   */
  readonly vpc?: IVpc;
  /** Where in it: in private subnets with a way out unless it says otherwise. */
  readonly subnets?: SubnetSelection;
  /** Whether tasks have public addresses, without which nothing leaves a public subnet; as their own network needs, unless it says otherwise. */
  readonly assignPublicIp?: boolean;
  /** One of their own, which lets nothing in, unless it says otherwise. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Whether tasks run on capacity that AWS takes away when it needs it, for a third of the price. `false` unless it says otherwise. */
  readonly spot?: boolean;
  /** Whether ECS Exec reaches tasks that run: who may `ecs:ExecuteCommand` in the cluster then may do in them what they may. `false` unless it says otherwise. */
  readonly exec?: boolean;
}

export interface TaskportProps {
  /**
   * What the bus, its log group and the registry of its schemas are called, and what metrics stand under; lower case, once an
   * account and region. It follows from the construct's path unless it says otherwise: `taskport` in a stack `Taskport`.
   */
  readonly name?: string;
  /** `iam` unless it says otherwise. */
  readonly auth?: Auth;
  /**
   * Who administers the deployment: roles by their ARNs without a path, or `issuer|subject` of tokens. They hold `admin` in every
   * location, and they alone create locations of type `nfs` and set `allow`. Without any nobody does.
   */
  readonly administrators?: readonly string[];
  /** A name of one's own for the API, beside the one that it has; `domainTarget` is what its DNS record points to. */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
  readonly retention?: Retention;
  /**
   * How many shards the log of events has, 1 to 64, for good. Without it a log that was never written gets 16, and one that has none stays
   * as it is; `docs/operations.md` says how it gets some.
   */
  readonly logShards?: number;
  /**
   * Whether each event is also written as a line into the log group `/aws/events/<name>/every-event`. Nothing needs it, and it costs what a log
   * takes in; `GET /events`, the audit trail and the archive have all events anyway. `false` unless it says otherwise.
   */
  readonly eventLog?: boolean;
  /** Who is told of alarms, which are there in any case. */
  readonly alarms?: ITopic;
  /** A network of one's own, from which the functions reach AWS; it needs a way to DynamoDB, S3, EventBridge, Scheduler and KMS. */
  readonly vpc?: IVpc;
  /** Where in it they are: in private subnets unless it says otherwise. */
  readonly vpcSubnets?: SubnetSelection;
  /** One of their own each unless it says otherwise. */
  readonly securityGroups?: readonly ISecurityGroup[];
  readonly quotas?: Quotas;
  /** Engines that run tasks, beside the runners of machines: administrators create locations of executors that name one. Without it there is none. */
  readonly engines?: { readonly fargate?: FargateProps };
  /**
   * What becomes of tables, buckets, key and logs when the stack goes: they stay unless it says otherwise. With `DESTROY` tables
   * have no deletion protection either; buckets have to be empty.
   */
  readonly removalPolicy?: RemovalPolicy;
  /** What the functions work on instead of the table of this construct, which stays as it is. */
  readonly restoredTable?: RestoredTable;
}
