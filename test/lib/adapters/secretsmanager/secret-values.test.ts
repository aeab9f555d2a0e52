/**
 * Secrets of AWS in the form of ECS's `valueFrom`, on MiniStack if it is installed, and on a stand-in that accepts the same signed requests. No
 * test calls AWS.
 */
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { secretValues } from '../../../../lib/adapters/secretsmanager/secret-values.ts';
import { LaunchError } from '../../../../lib/execution/engine.ts';
import { without } from '../../../cloud/ministack.ts';
import { type SecretStore, startSecretsOfMiniStack, startStandIn } from './secret-stores.ts';

const asker = {
  principal: 'arn:aws:iam::123456789012:role/team',
  location: 'boxes',
  executorId: 'executor://boxes/one',
  taskId: 'task://jobs/main',
};
const HERE = 'eu-central-1';
const ELSEWHERE = 'eu-west-1';

const useEnvironment = (url: string): void => {
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', url);
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', url);
  vi.stubEnv('AWS_REGION', HERE);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'runner');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'runner');
};
afterAll(() => void vi.unstubAllEnvs());

/** The refusal, with all of its details. */
const refusalOf = async (reference: string): Promise<string> => {
  const error: unknown = await secretValues()(reference, asker).then(
    () => undefined,
    (refused) => refused,
  );
  expect(error).toBeInstanceOf(LaunchError);
  expect((error as Error).cause).toBeUndefined();
  return (error as Error).message;
};

const lack = without('ministack');
if (lack !== undefined) console.error(`secrets of AWS were read of a stand-in alone: ${lack}`);

describe.each<[string, boolean, () => Promise<SecretStore>]>([
  ['MiniStack', lack === undefined, startSecretsOfMiniStack],
  ['a stand-in', true, startStandIn],
])('a secret of AWS, by %s', (_, isThere, start) => {
  let store: SecretStore;
  let arns: Record<'plain' | 'json' | 'binary' | 'far', string>;
  let former: string | undefined;
  beforeAll(async () => {
    if (!isThere) return;
    store = await start();
    useEnvironment(store.url);
    const secrets = new SecretsManagerClient({ region: HERE });
    const far = new SecretsManagerClient({ region: ELSEWHERE });
    const plain = await secrets.send(new CreateSecretCommand({ Name: 'jobs/plain', SecretString: 'former' }));
    former = plain.VersionId;
    const create = async (Name: string, value: object, client = secrets): Promise<string> =>
      (await client.send(new CreateSecretCommand({ Name, ...value }))).ARN ?? '';
    arns = {
      plain: plain.ARN ?? '',
      json: await create('jobs/json', { SecretString: '{"user":"root","port":5432,"nested":{"planted":1}}' }),
      binary: await create('jobs/binary', { SecretBinary: Buffer.from([0, 1]) }),
      far: await create('jobs/far', { SecretString: 'from afar' }, far),
    };
    await secrets.send(new PutSecretValueCommand({ SecretId: arns.plain, SecretString: 'planted value' }));
    for (const [region, Name, Value] of [
      [HERE, '/jobs/token', 'a token'],
      [HERE, 'token', 'a name without a path'],
      [ELSEWHERE, '/jobs/token', 'a token from afar'],
    ] as const)
      await new SSMClient({ region }).send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
  });
  afterAll(() => store?.stop());

  const cases: readonly [string, () => string, string][] = [
    ['all of its value by its ARN', () => arns.plain, 'planted value'],
    ['a key of its JSON', () => `${arns.json}:user::`, 'root'],
    ['a key that is a number', () => `${arns.json}:port`, '5432'],
    ['the value at a stage', () => `${arns.plain}::AWSPREVIOUS:`, 'former'],
    ['the value of a version', () => `${arns.plain}:::${former}`, 'former'],
    ['of another region', () => arns.far, 'from afar'],
    ['a parameter by its name', () => '/jobs/token', 'a token'],
    ['a parameter without a path', () => 'token', 'a name without a path'],
    [
      'a parameter by its ARN, of another region',
      () => `arn:aws:ssm:${ELSEWHERE}:000000000000:parameter/jobs/token`,
      'a token from afar',
    ],
  ];
  it.runIf(isThere).each(cases)('is answered %s', async (_, reference, value) => {
    expect(await secretValues()(reference(), asker)).toBe(value);
  });

  const refusals: readonly [string, () => string, RegExp][] = [
    ['is not there', () => '/jobs/other', /does not exist: create it, or correct `valueFrom`/],
    ['has no such version', () => `${arns.plain}:::${'3'.repeat(36)}`, /does not exist/],
    ['is binary', () => arns.binary, /is binary: a task can have a secret that is text/],
    ['has no such key', () => `${arns.json}:password::`, /has no text for the key password/],
    ['has an object there', () => `${arns.json}:nested::`, /has no text for the key nested/],
    ['is named by a key that every object has', () => `${arns.json}:toString::`, /has no text/],
    ['is no JSON', () => `${arns.plain}:user::`, /names the key user, and the secret is no JSON object/],
    [
      'is named with more than there is',
      () => `${arns.plain}:a:b:c:d`,
      /more than a key, a stage and a version/,
    ],
  ];
  it.runIf(isThere).each(refusals)(
    'is refused if it %s, without its value in the message',
    async (_, of, words) => {
      const reference = of();
      const said = await refusalOf(reference);
      expect(said.startsWith(reference)).toBe(true);
      expect(said).toMatch(words);
      expect(said).not.toMatch(/planted|former|root|5432/);
    },
  );
});

describe('a refusal of AWS', () => {
  let store: Awaited<ReturnType<typeof startStandIn>>;
  beforeAll(async () => {
    store = await startStandIn();
    useEnvironment(store.url);
  });
  afterAll(() => store.stop());

  it.each([
    [
      'AccessDeniedException',
      /may not be read by this runner: its credentials need `secretsmanager:GetSecretValue`/,
    ],
    ['DecryptionFailure', /`kms:Decrypt` of its key/],
    ['UnrecognizedClientException', /its AWS credentials are invalid or have expired/],
    ['InvalidParameterException', /cannot be read by this runner \(InvalidParameterException\)/],
  ])('%s is reported with a remedy, and without the runner’s identity', async (name, words) => {
    store.refusal = name;
    const said = await refusalOf('/jobs/token');
    expect(said).toMatch(words);
    expect(said).not.toContain('role/runner');
  });

  it('a store that does not answer is named', async () => {
    const gone = await startStandIn();
    await gone.stop();
    useEnvironment(gone.url);
    expect(await refusalOf('/jobs/token')).toContain(`no answer from ${gone.url}`);
  });
});
