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

/** The longest lifetime of a presigned URL: an upload that is incomplete by then stays incomplete. */
const LONGEST_UPLOAD = Duration.days(7);

const guarded = {
  enforceSSL: true,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
} satisfies BucketProps;

/** The bucket of the elements' data. */
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

/** Lets pages of these origins send and fetch data by presigned requests. */
export function letPagesTransfer(bucket: Bucket, origins: readonly string[]): void {
  bucket.addCorsRule({
    allowedOrigins: [...origins],
    allowedMethods: [HttpMethods.GET, HttpMethods.HEAD, HttpMethods.PUT],
    allowedHeaders: ['*'],
    // To complete a multipart upload, a page needs the tag of each part.
    exposedHeaders: ['ETag'],
    maxAge: 3000,
  });
}

/** The bucket of batches from the table's stream that could not be published. It keeps them whole. */
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

/** The access log of the buckets. S3 delivers access logs only to buckets with its own keys. */
export function createAccessLogBucket(scope: Construct, { removalPolicy, history }: Settings): IBucket {
  const bucket = new Bucket(scope, 'AccessLogs', {
    ...guarded,
    removalPolicy,
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [
      { id: 'history', expiration: history, abortIncompleteMultipartUploadAfter: LONGEST_UPLOAD },
    ],
  });
  // Under exactOptionalPropertyTypes the library's class differs from its interface by one optional property.
  return bucket as IBucket;
}

/** A bucket key serves many objects with one KMS call; without it, thousands of reads would be throttled. */
function encryptedWith(key: IKey) {
  return { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true };
}
