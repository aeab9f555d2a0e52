import * as z from 'zod/mini';
import { described } from '../../facts.ts';
import { list, uniqueBy, variableName } from './value.ts';

/**
 * Names and ARNs have no blanks and few special characters, so this refuses most secrets that are pasted here by
 * mistake.
 */
const REFERENCE =
  /^(arn:aws[a-z-]*:(secretsmanager|ssm):[a-z0-9-]+:[0-9]{12}:(secret:|parameter\/)[A-Za-z0-9/_+=.@:-]+|[A-Za-z0-9/_+=.@-]+)$/;

const secret = z.strictObject({
  name: described(variableName(), {
    description: 'The name of the variable, or of the file in `/run/secrets`.',
    source: 'ECS Secret',
    bounds: 'a letter or `_`, then letters, digits and `_.-`',
  }),
  valueFrom: described(
    z
      .string()
      .check(
        z.maxLength(2048),
        z.regex(REFERENCE, 'must be the name or ARN of a secret of Secrets Manager or a parameter of SSM'),
      ),
    {
      description: 'The name or the ARN of the secret. The specification never has its value.',
      source: 'ECS Secret; SSM takes names of up to 2,048 characters',
      bounds: 'a name, or an ARN of Secrets Manager or Systems Manager',
    },
  ),
  target: described(z.enum(['env', 'file'], 'must be `env` or `file`'), {
    description: 'Whether the process gets the value in its environment or in a file.',
    source: 'ECS Secret has variables; Docker secrets are files',
  }),
});

/** References only: the value of a secret is never part of a specification. */
export const secrets = list(secret, 64).check(uniqueBy(({ name }) => name, 'names a secret twice'));
