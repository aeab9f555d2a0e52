import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { defined } from '../../lib/defined.ts';
import { settingsSchema } from './settings-schema.ts';
import { parse } from './taken.ts';
import type { TaskportProps } from './taskport-props.ts';

/** How far back the table can be restored. The bucket keeps deleted blobs as long, so a restored element still has its data. */
export const RECOVERY = Duration.days(35);

const AUDIT_DAYS = 400;
const HISTORY = Duration.days(90);
const RATE = 1_000;
const BURST = 2_000;

/** The complete settings of a deployment. */
export interface Settings
  extends Pick<
    TaskportProps,
    | 'domain'
    | 'alarms'
    | 'vpc'
    | 'vpcSubnets'
    | 'securityGroups'
    | 'restoredTable'
    | 'logShards'
    | 'runnerSilenceSeconds'
    | 'engines'
  > {
  readonly name: string;
  readonly auth: NonNullable<TaskportProps['auth']>;
  readonly administrators: readonly string[];
  readonly auditDays: number;
  readonly eventLog: boolean;
  readonly logRetention: RetentionDays;
  readonly history: Duration;
  readonly removalPolicy: RemovalPolicy;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly requestsPerMinute?: number;
  readonly reservedConcurrency: NonNullable<NonNullable<TaskportProps['quotas']>['reservedConcurrency']>;
}

/** Fills in defaults. Throws for invalid settings, with the values that are accepted. */
export function settle(scope: Construct, props: TaskportProps): Settings {
  const { name = nameOf(scope), auth = 'iam', removalPolicy = RemovalPolicy.RETAIN } = props;
  const {
    auditDays = AUDIT_DAYS,
    logs = RetentionDays.THREE_MONTHS,
    archive = HISTORY,
  } = props.retention ?? {};
  const { eventLog = false } = props;
  const { rate = RATE, burst = BURST, requestsPerMinute, reservedConcurrency = {} } = props.quotas ?? {};
  const {
    domain,
    alarms,
    vpc,
    vpcSubnets,
    securityGroups,
    restoredTable,
    logShards,
    runnerSilenceSeconds,
    engines,
    administrators = [],
  } = props;
  parse(settingsSchema, {
    name,
    auth,
    administrators,
    domain,
    retention: { auditDays, logs, archive },
    quotas: { rate, burst, requestsPerMinute, reservedConcurrency },
    eventLog,
    removalPolicy,
    restoredTable,
    logShards,
    runnerSilenceSeconds,
    engines,
  });
  return defined({
    domain,
    alarms,
    vpc,
    vpcSubnets,
    securityGroups,
    restoredTable,
    logShards,
    runnerSilenceSeconds,
    engines,
    name,
    auth,
    administrators,
    auditDays,
    eventLog,
    logRetention: logs,
    history: archive,
    removalPolicy,
    throttle: { rate, burst },
    requestsPerMinute,
    reservedConcurrency,
  });
}

/** By its path in the app: two deployments in one account differ. */
const nameOf = (scope: Construct): string =>
  Names.uniqueResourceName(scope, {
    maxLength: 48,
    separator: '-',
    allowedSpecialCharacters: '-',
  }).toLowerCase();
