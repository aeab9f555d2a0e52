/** The policies of the template, evaluated by a simulator of IAM. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../../infra/function-wiring.ts';
import { allFunctions } from '../../infra/wiring.ts';
import { granted } from '../privileges/granted.ts';
import type { FunctionName } from '../privileges/uses.ts';
import { ACCOUNT, cluster, deployed, foreign, policyOf, REGION, template } from './concrete.ts';
import type { Json } from './synthesized.ts';

const roles = new Map<string, string>(
  Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => [
    Properties.Description,
    Properties.Role['Fn::GetAtt'][0],
  ]),
);
const policies = new Map(
  allFunctions.map(({ name, description }) => [name, policyOf(roles.get(description) ?? '')]),
);

/** The actions of Lambda itself in a function's role, for the table's stream and for failed batches. */
const forTheStream: readonly (readonly [action: string, on: string])[] = [
  ...deployed.failures.map((arn) => ['s3:PutObject', arn] as const),
  ...deployed.failureListing.map((arn) => ['s3:ListBucket', arn] as const),
];
const byLambda: Partial<Record<FunctionName, typeof forTheStream>> = {
  publish: forTheStream,
  audit: forTheStream,
};

/** The context of a normal request. */
const USUAL = { 'ecs:cluster': cluster, 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };

const allows = async (
  name: FunctionName,
  action: string,
  arn: string,
  context: Readonly<Record<string, string>> = USUAL,
): Promise<boolean> => {
  const simulated = await runSimulation(
    {
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/${name}`,
        resource: { resource: arn, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name, policy: policies.get(name) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // Like every key made by CDK, the key leaves its permissions to IAM policies.
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
/** The resource types of ECS actions; others have none (service authorization reference). */
const ofEcs: Readonly<Record<string, string>> = {
  'ecs:RunTask': ':task-definition/',
  'ecs:DescribeTasks': ':task/',
  'ecs:StopTask': ':task/',
  'ecs:TagResource': ':task/',
};
const isObject = (arn: string): boolean => arn.includes('/');
const objectActions = (action: string): boolean => action !== 's3:ListBucket';
/** Whether an action applies to such a resource. */
const concerns = (action: string, arn: string): boolean =>
  (action.startsWith('ecs:') && ofEcs[action] === undefined
    ? arn === '*'
    : action.split(':')[0] === serviceOf(arn) && arn.includes(ofEcs[action] ?? '')) &&
  (serviceOf(arn) !== 's3' || isObject(arn) === objectActions(action)) &&
  (!arn.includes('/index/') || action === 'dynamodb:Query');

const actions = [...new Set(granted.map(([, action]) => action))];
const { key, ...others } = deployed;
const everywhere = [
  ...new Set(Object.values(others).flat()),
  ...foreign.filter((arn) => serviceOf(arn) !== 'kms'),
];

describe.each(allFunctions.map(({ name }) => name))('%s', (name) => {
  const own = granted.filter(([each]) => each === name);
  const expected = [
    ...own.flatMap(([, action, on]) => deployed[on].map((arn) => [action, arn] as const)),
    ...(byLambda[name] ?? []),
  ].map(([action, arn]) => `${action} ${arn}`);

  test('has its own permissions on its own resources, and no others', async () => {
    const asked = actions.flatMap((action) =>
      everywhere.filter((arn) => concerns(action, arn)).map((arn) => [action, arn] as const),
    );
    const answers = await Promise.all(
      asked.map(async ([action, arn]) => ((await allows(name, action, arn)) ? [`${action} ${arn}`] : [])),
    );
    expect(answers.flat().sort()).toEqual([...new Set(expected)].sort());
  });

  test('uses the key only through its own services, as far as necessary, and never directly', async () => {
    const uses = (pattern: RegExp) => expected.some((each) => pattern.test(each));
    // For the stream's batches and for tables, DynamoDB decrypts in the caller's name.
    const needed = [
      ...(uses(/^dynamodb:/) || byLambda[name] ? ['kms:Decrypt dynamodb'] : []),
      ...(uses(/^s3:GetObject/) || own.some(([, action]) => action === 's3:PutObject')
        ? ['kms:Decrypt s3']
        : []),
      ...(uses(/^s3:PutObject/) ? ['kms:GenerateDataKey s3'] : []),
    ];
    const found: string[] = [];
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:CreateGrant']) {
      const by = (via: string) => ({ 'kms:ViaService': `${via}.${REGION}.amazonaws.com` });
      const [its = ''] = key;
      for (const via of ['dynamodb', 's3', 'secretsmanager']) {
        if (await allows(name, action, its, by(via))) found.push(`${action} ${via}`);
      }
      expect(await allows(name, action, its)).toBe(false);
      const another = foreign.find((arn) => serviceOf(arn) === 'kms') ?? '';
      expect(await allows(name, action, another, by('s3'))).toBe(false);
    }
    expect(found.sort()).toEqual(needed.sort());
  });

  test('has a wildcard only if nothing narrower exists', () => {
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

describe('dispatch', () => {
  const ARN: Resource[] = ['ecsRuns', 'ecsLists', 'ecsRoles'];
  const narrowed = granted.flatMap(([name, action, on]) =>
    name === 'dispatch' && ARN.includes(on) ? deployed[on].map((arn) => [action, arn] as const) : [],
  );

  test.each(narrowed)('may %s on %s only in its cluster and for ECS', async (action, arn) => {
    expect(await allows('dispatch', action, arn)).toBe(true);
    const elsewhere = [
      {},
      { 'ecs:cluster': cluster.replace(/[^/]+$/, 'another'), 'iam:PassedToService': 'lambda.amazonaws.com' },
    ];
    for (const context of elsewhere) expect(await allows('dispatch', action, arn, context)).toBe(false);
  });
});

/** Every remaining wildcard, with its reason; `acknowledgeWildcard` tells cdk-nag the same. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/:table\/[^/]+\/index\/\*$/, 'the indexes of the one table, all of which are read'],
  [/:table\/[^/]+\/stream\/\*$/, 'streams are listed for one table, whichever it has had'],
  [/^arn:aws:s3:::[^/*]+\/\*$/, 'objects have fresh keys, or keys that Lambda chooses'],
  [/:schedule\/[^/*]+\/\*$/, 'the name of a schedule follows from what it is for'],
  [/^\*$/, 'X-Ray knows no resources, nor does ECS where definitions are registered and tasks are listed'],
  [/:task-definition\/\*$/, 'a definition is named by the executor, and run in one cluster with two roles'],
  [/:task\/[^/*]+\/\*$/, 'ECS names the tasks of the one cluster'],
  [/:log-group:[^*]+:\*$/, 'the streams of one log group, one for each instance of the function'],
];
