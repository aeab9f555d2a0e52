import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

/** The one key of everything that users store: elements, blobs, and the records that could not be published. */
export function createKey(scope: Construct, { removalPolicy }: Settings): Key {
  return new Key(scope, 'Key', {
    description: 'Taskport: table, data and failed records',
    enableKeyRotation: true,
    // Losing the key is losing the data; a deleted stack leaves both, unless it was to leave nothing.
    removalPolicy,
  });
}
