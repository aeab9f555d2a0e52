import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { defined } from '../../defined.ts';
import { LaunchError } from '../../execution/engine.ts';
import type { SecretOf } from '../../execution/secret-provider.ts';
import { isObject } from '../../is-object.ts';
import { UnreachableError } from '../../unreachable-error.ts';
import { commandPatience, namingHost } from '../asked-host.ts';

/**
 * Makes one client for each region that a reference names, and one of the environment's region for references
 * without one.
 */
const perRegion = <C>(make: (where: { readonly region?: string }) => C): ((region?: string) => C) => {
  const clients = new Map<string | undefined, C>();
  return (region) => {
    const client = clients.get(region) ?? make(defined({ region }));
    clients.set(region, client);
    return client;
  };
};

/** The way out of each error of AWS, in our own words: AWS's message may name the identity of the runner. */
const WAYS_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /NotFound/,
    'does not exist: create it, or correct `valueFrom` (a name that is no ARN means a parameter of SSM)',
  ],
  [
    /AccessDenied|Decryption|InvalidKeyId|KMS/,
    'may not be read by this runner: its credentials need `secretsmanager:GetSecretValue` or `ssm:GetParameter` of it, and `kms:Decrypt` of its key',
  ],
  [
    /Expired|UnrecognizedClient|InvalidClientToken|Signature/,
    'cannot be read by this runner: its AWS credentials are invalid or have expired, so renew them',
  ],
  [
    /Throttling|TooManyRequests/,
    'cannot be read now, because AWS throttles the requests: start the task again later',
  ],
];

const refused = (reference: string, error: unknown): LaunchError => {
  if (error instanceof LaunchError) return error;
  if (error instanceof UnreachableError)
    return new LaunchError(`${reference} cannot be read: ${error.message}`);
  const { name } = error as Error;
  const way = WAYS_OUT.find(([names]) => names.test(name))?.[1] ?? 'cannot be read by this runner';
  return new LaunchError(`${reference} ${way} (${name})`);
};

/** One key of a secret that is a JSON object. Its errors never quote the value. */
const memberOf = (value: string, key: string, reference: string): string => {
  let members: unknown;
  try {
    members = JSON.parse(value);
  } catch {}
  if (!isObject(members))
    throw new LaunchError(`${reference} names the key ${key}, and the secret is no JSON object`);
  const member = Object.hasOwn(members, key) ? members[key] : undefined;
  if (typeof member === 'string') return member;
  if (typeof member === 'number' || typeof member === 'boolean') return String(member);
  throw new LaunchError(`${reference} has no text for the key ${key}`);
};

/**
 * Reads secrets of AWS by the references that ECS accepts as `valueFrom`: the ARN of a secret of Secrets
 * Manager, optionally followed by `:<key of JSON>:<stage>:<id of the version>`; or the ARN or the name of a
 * parameter of SSM. Endpoints, region and credentials come from the environment.
 */
export const secretValues = (): SecretOf => {
  const patience = commandPatience();
  const secrets = perRegion((where) => namingHost(new SecretsManagerClient({ ...patience, ...where })));
  const parameters = perRegion((where) => namingHost(new SSMClient({ ...patience, ...where })));

  const secretOf = async (reference: string): Promise<string> => {
    const parts = reference.split(':');
    const [key, stage, version, ...more] = parts.slice(7);
    if (more.length > 0)
      throw new LaunchError(`${reference} has more than a key, a stage and a version behind its ARN`);
    const command = new GetSecretValueCommand({
      SecretId: parts.slice(0, 7).join(':'),
      ...defined({ VersionStage: stage || undefined, VersionId: version || undefined }),
    });
    const { SecretString } = await secrets(parts[3]).send(command);
    if (SecretString === undefined)
      throw new LaunchError(`${reference} is binary: a task can have a secret that is text`);
    return key ? memberOf(SecretString, key, reference) : SecretString;
  };

  const parameterOf = async (Name: string): Promise<string> => {
    const region = Name.startsWith('arn:') ? Name.split(':')[3] : undefined;
    const { Parameter } = await parameters(region).send(
      new GetParameterCommand({ Name, WithDecryption: true }),
    );
    return Parameter?.Value ?? '';
  };

  return async (reference) => {
    try {
      return await (/^arn:[^:]+:secretsmanager:/.test(reference) ? secretOf : parameterOf)(reference);
    } catch (error) {
      throw refused(reference, error);
    }
  };
};
