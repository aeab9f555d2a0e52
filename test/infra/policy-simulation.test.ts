/** What IAM would say: the policies of the template, and a simulator of how IAM evaluates them. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, test } from 'vitest';
import { functions } from '../../infra/wiring.ts';
import { granted } from '../privileges/granted.ts';
import type { FunctionName } from '../privileges/uses.ts';
import { ACCOUNT, deployed, foreign, policyOf, REGION } from './concrete.ts';
import { type Json, template } from './synthesized.ts';

const roles = new Map<string, string>(
  Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => [
    Properties.Description,
    Properties.Role['Fn::GetAtt'][0],
  ]),
);
const policies = new Map(
  functions.map(({ name, description }) => [name, policyOf(roles.get(description) ?? '')]),
);

/** What Lambda itself does as a function's role to bring it the table's stream, and to set aside what failed. */
const forTheStream: readonly (readonly [action: string, on: string])[] = [
  ['s3:PutObject', deployed.failures],
  ['s3:ListBucket', deployed.failureListing],
];
const byLambda: Partial<Record<FunctionName, typeof forTheStream>> = {
  publish: forTheStream,
  audit: forTheStream,
};

const allows = async (name: FunctionName, action: string, arn: string, via?: string): Promise<boolean> => {
  const simulated = await runSimulation(
    {
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/${name}`,
        resource: { resource: arn, accountId: ACCOUNT },
        contextVariables: via === undefined ? {} : { 'kms:ViaService': `${via}.${REGION}.amazonaws.com` },
      },
      identityPolicies: [{ name, policy: policies.get(name) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // The key says who may use it by IAM's policies, as every key does that CDK makes.
      ...(action.startsWith('kms:')
        ? {
            resourcePolicy: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
                  Action: 'kms:*',
                  Resource: '*',
                },
              ],
            },
          }
        : {}),
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
  return simulated.overallResult === 'Allowed';
};

const serviceOf = (arn: string): string => arn.split(':')[2] ?? '';
const isObject = (arn: string): boolean => arn.includes('/');
const objectActions = (action: string): boolean => action !== 's3:ListBucket';
/** Whether an action is one of such a resource at all. */
const concerns = (action: string, arn: string): boolean =>
  action.split(':')[0] === serviceOf(arn) &&
  (serviceOf(arn) !== 's3' || isObject(arn) === objectActions(action)) &&
  (!arn.includes('/index/') || action === 'dynamodb:Query');

const actions = [...new Set(granted.map(([, action]) => action))];
const { key, ...others } = deployed;
const everywhere = [...Object.values(others), ...foreign.filter((arn) => serviceOf(arn) !== 'kms')];

describe.each(functions.map(({ name }) => name))('%s', (name) => {
  // The log group of tasks on Fargate is no part of this template.
  const own = granted.filter(([each, , on]) => each === name && on in deployed);
  const expected = [
    ...own.map(([, action, on]) => [action, deployed[on as keyof typeof deployed]] as const),
    ...(byLambda[name] ?? []),
  ].map(([action, arn]) => `${action} ${arn}`);

  test('may do its own on its own, and nothing that others may, or elsewhere', async () => {
    const asked = actions.flatMap((action) =>
      everywhere.filter((arn) => concerns(action, arn)).map((arn) => [action, arn] as const),
    );
    const answers = await Promise.all(
      asked.map(async ([action, arn]) => ((await allows(name, action, arn)) ? [`${action} ${arn}`] : [])),
    );
    expect(answers.flat().sort()).toEqual([...new Set(expected)].sort());
  });

  test('uses the key through the services that it uses, for what they need of it, and never directly', async () => {
    const uses = (pattern: RegExp) => expected.some((each) => pattern.test(each));
    // In the stream's batches, and in tables, DynamoDB decrypts in the name of a caller who asks.
    const needed = [
      ...(uses(/^dynamodb:/) || byLambda[name] ? ['kms:Decrypt dynamodb'] : []),
      ...(uses(/^s3:GetObject/) || own.some(([, action]) => action === 's3:PutObject')
        ? ['kms:Decrypt s3']
        : []),
      ...(uses(/^s3:PutObject/) ? ['kms:GenerateDataKey s3'] : []),
    ];
    const found: string[] = [];
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:CreateGrant']) {
      for (const via of ['dynamodb', 's3', 'secretsmanager']) {
        if (await allows(name, action, key, via)) found.push(`${action} ${via}`);
      }
      expect(await allows(name, action, key)).toBe(false);
      expect(await allows(name, action, foreign.find((arn) => serviceOf(arn) === 'kms') ?? '', 's3')).toBe(
        false,
      );
    }
    expect(found.sort()).toEqual(needed.sort());
  });

  test('names a wildcard only where nothing narrower exists', () => {
    const wild = policies
      .get(name)
      ?.Statement.flatMap(({ Action, Resource: on }: Json) =>
        [on].flat().flatMap((arn: string) => (arn.includes('*') ? [[[Action].flat().join(), arn]] : [])),
      )
      .filter(([, arn]) => !reasons.some(([pattern]) => pattern.test(arn ?? '')));
    expect(wild).toEqual([]);
    const statements = policies.get(name)?.Statement ?? [];
    expect(statements.flatMap(({ Action }: Json) => Action).join()).toMatch(/^[A-Za-z0-9:,]+$/);
  });
});

/** Every wildcard that stands, and why; `acknowledgeWildcard` says the same to cdk-nag. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/:table\/[^/]+\/index\/\*$/, 'the indexes of the one table, all of which are read'],
  [/:table\/[^/]+\/stream\/\*$/, 'streams are listed for one table, whichever it has had'],
  [/^arn:aws:s3:::[^/*]+\/\*$/, 'objects have fresh keys, or keys that Lambda chooses'],
  [/:schedule\/[^/*]+\/\*$/, 'the name of a schedule follows from what it is for'],
  [/^\*$/, 'X-Ray knows no resources: traces are written for the account'],
  [/:log-group:[^*]+:\*$/, 'the streams of one log group, one for each instance of the function'],
];
