import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  HttpMethods,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { RECOVERY, type Settings } from './settings.ts';

/** No presigned URL lives longer than this, so an upload still incomplete then never completes. */
const LONGEST_UPLOAD = Duration.days(7);

const guarded = {
  enforceSSL: true,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
} satisfies BucketProps;

/** Where the blobs of elements are. */
export function createDataBucket(
  scope: Construct,
  key: IKey,
  accessLogs: IBucket,
  { removalPolicy }: Settings,
): Bucket {
  return new Bucket(scope, 'Data', {
    ...guarded,
    removalPolicy,
    ...encryptedWith(key),
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: 'data/',
    versioned: true,
    lifecycleRules: [
      {
        id: 'deleted-blobs-outlive-table-recovery',
        noncurrentVersionExpiration: RECOVERY,
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: LONGEST_UPLOAD,
      },
    ],
  });
}

/** Lets pages of one origin, and no others, send and fetch data by the requests that were signed for them. */
export function letPagesTransfer(bucket: Bucket, origin: string): void {
  bucket.addCorsRule({
    allowedOrigins: [origin],
    allowedMethods: [HttpMethods.GET, HttpMethods.HEAD, HttpMethods.PUT],
    allowedHeaders: ['*'],
    // Completing an upload in parts takes the tag of each.
    exposedHeaders: ['ETag'],
    maxAge: 3000,
  });
}

/** Where batches of the table's stream are set aside, whole, when they could not be published. */
export function createFailureBucket(
  scope: Construct,
  key: IKey,
  accessLogs: IBucket,
  { removalPolicy, history }: Settings,
): Bucket {
  return new Bucket(scope, 'Failures', {
    ...guarded,
    removalPolicy,
    ...encryptedWith(key),
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: 'failures/',
    lifecycleRules: [
      { id: 'history', expiration: history, abortIncompleteMultipartUploadAfter: LONGEST_UPLOAD },
    ],
  });
}

/** Who read and wrote which object. S3 delivers access logs to buckets under its own keys only. */
export function createAccessLogBucket(scope: Construct, { removalPolicy, history }: Settings): IBucket {
  const bucket = new Bucket(scope, 'AccessLogs', {
    ...guarded,
    removalPolicy,
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [
      { id: 'history', expiration: history, abortIncompleteMultipartUploadAfter: LONGEST_UPLOAD },
    ],
  });
  // The library's own class misses its interface by one optional property under exactOptionalPropertyTypes.
  return bucket as IBucket;
}

/** A bucket key makes one call to KMS do for many objects; without it thousands of reads would be throttled. */
function encryptedWith(key: IKey) {
  return { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true };
}
