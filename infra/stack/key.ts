import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

/** The one key for all data of users: elements, blobs, and records that could not be published. */
export function createKey(scope: Construct, { removalPolicy }: Settings): Key {
  return new Key(scope, 'Key', {
    description: 'Taskport: table, data and failed records',
    enableKeyRotation: true,
    // Without the key all data is lost, so a deleted stack leaves both, unless its removal policy says otherwise.
    removalPolicy,
  });
}
