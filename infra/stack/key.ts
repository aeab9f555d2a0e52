import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** The one key of everything that users store: elements, blobs, and the records that could not be published. */
export function createKey(scope: Construct): Key {
  return new Key(scope, 'Key', {
    description: 'Taskport: table, data and failed records',
    enableKeyRotation: true,
    // Losing the key is losing the data; a deleted stack leaves both.
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
