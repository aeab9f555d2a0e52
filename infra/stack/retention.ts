/** How long the past is kept, in one place, so that what belongs together expires together. */
import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/**
 * How far back the table can be restored. The bucket keeps deleted blobs as long, so a restored element still
 * finds its data.
 */
export const RECOVERY = Duration.days(35);

/** Every log, and with it the events to replay and the batches that could not be published. */
export const LOG_RETENTION = RetentionDays.THREE_MONTHS;
export const HISTORY = Duration.days(LOG_RETENTION);

/** Days for which it is told who did what, unless `-c auditDays=…` says otherwise. */
const AUDIT_DAYS = 400;

/** How long the audit trail is kept, in days. Throws where the context says anything but 1 to 3,650. */
export function auditDays(scope: Construct): number {
  const days = Number(scope.node.tryGetContext('auditDays') ?? AUDIT_DAYS);
  if (!Number.isInteger(days) || days < 1 || days > 3_650) throw new Error('auditDays must be 1 to 3650');
  return days;
}
