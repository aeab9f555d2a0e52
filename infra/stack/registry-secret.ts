import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * What credentials of the registry are signed with: made here, and changed by the function `rotate`. It is encrypted with the key of
 * AWS for secrets, so that neither function needs a right to use one, and goes with the stack: nobody can need it after that.
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
