import { readEnvironment } from '../../lib/adapters/environment.ts';
import { SigningSecret } from '../../lib/adapters/secretsmanager/signing-secret.ts';
import { accountFor } from '../invocation.ts';

const { registrySecret } = readEnvironment('registrySecret');
const secret = new SigningSecret(registrySecret);

/** Puts a new key in place that signs the registry's credentials. */
export const handler = accountFor(
  'rotate',
  (_: unknown) => secret.rotate(),
  () => ({ metrics: [] }),
);
