import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { TaskportProps } from './taskport-props.ts';

/**
 * How far back the table can be restored. The bucket keeps deleted blobs as long, so a restored element still
 * finds its data.
 */
export const RECOVERY = Duration.days(35);

const AUDIT_DAYS = 400;
const THROTTLE = { rate: 1_000, burst: 2_000 };
const NAME = /^[a-z0-9][a-z0-9-]{0,47}$/;

/** What is deployed, with nothing left open. */
export interface Settings
  extends Pick<
    TaskportProps,
    'domain' | 'alarms' | 'vpc' | 'vpcSubnets' | 'securityGroups' | 'restoredTable'
  > {
  readonly name: string;
  readonly auth: NonNullable<TaskportProps['auth']>;
  readonly auditDays: number;
  readonly logRetention: RetentionDays;
  readonly history: Duration;
  readonly removalPolicy: RemovalPolicy;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly requestsPerMinute?: number;
  readonly reservedConcurrency: NonNullable<NonNullable<TaskportProps['quotas']>['reservedConcurrency']>;
}

/** Fills in what was left open. Throws where a number or a name cannot be. */
export function settle(scope: Construct, props: TaskportProps): Settings {
  const { auth = 'iam', retention = {}, quotas = {}, removalPolicy = RemovalPolicy.RETAIN } = props;
  const { domain, alarms, vpc, vpcSubnets, securityGroups, restoredTable } = props;
  const name = props.name ?? nameOf(scope);
  if (!NAME.test(name)) throw new Error(`the name ${name} must be ${NAME.source}`);
  const { auditDays = AUDIT_DAYS, logs = RetentionDays.THREE_MONTHS, archive } = retention;
  assertNumber('auditDays', auditDays, 1, 3_650);
  const {
    rate = THROTTLE.rate,
    burst = THROTTLE.burst,
    requestsPerMinute,
    reservedConcurrency = {},
  } = quotas;
  if (requestsPerMinute !== undefined) assertNumber('requestsPerMinute', requestsPerMinute, 1, 1_000_000);
  return {
    ...(domain ? { domain } : {}),
    ...(alarms ? { alarms } : {}),
    ...(vpc ? { vpc } : {}),
    ...(vpcSubnets ? { vpcSubnets } : {}),
    ...(securityGroups ? { securityGroups } : {}),
    ...(restoredTable ? { restoredTable } : {}),
    name,
    auth,
    auditDays,
    logRetention: logs,
    history: archive ?? Duration.days(90),
    removalPolicy,
    throttle: { rate, burst },
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    reservedConcurrency,
  };
}

/** Two in one account differ by their path. */
const nameOf = (scope: Construct): string =>
  Names.uniqueResourceName(scope, {
    maxLength: 48,
    separator: '-',
    allowedSpecialCharacters: '-',
  }).toLowerCase();

function assertNumber(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`${what} must be ${least} to ${most}`);
}
