import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * The secret that signs credentials of the registry: created here, and rotated by the function `rotate`. The AWS-managed key for secrets encrypts
 * it, so neither function needs a permission for a key. It is deleted with the stack, because nobody needs it afterwards.
 */
export function createRegistrySecret(scope: Construct): Secret {
  const secret = new Secret(scope, 'RegistrySecret', {
    description: 'Taskport: signs credentials of the registry',
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  acknowledge(
    secret,
    'AwsSolutions-SMG4',
    'The function `rotate` changes it every six hours with the one permission that this takes; rotation by Secrets Manager would let it read the secret too.',
  );
  return secret;
}
