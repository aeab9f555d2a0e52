/** How long the past is kept, in one place, so that what belongs together expires together. */
import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/**
 * How far back the table can be restored. The bucket keeps deleted blobs as long, so a restored element still
 * finds its data.
 */
export const RECOVERY = Duration.days(35);

/** Every log, and with it the events to replay and the batches that could not be published. */
export const LOG_RETENTION = RetentionDays.THREE_MONTHS;
export const HISTORY = Duration.days(LOG_RETENTION);
