/** The additions of a deployment with tasks on Fargate; without the flag there are none. */
import { App, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import { Taskport } from '../../infra/index.ts';
import { engineFunctions } from '../../infra/wiring.ts';
import { flat, type Json, synthesize, template, templateOf } from './synthesized.ts';

const { Resources: usual } = template.toJSON();
const fargate = synthesize({ fargate: 'true' });
const { Resources } = fargate.toJSON() as { Resources: Record<string, Json> };
const ofType = (type: string): [id: string, properties: Json][] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );
const only = (type: string): [id: string, properties: Json] => {
  const [found, ...others] = ofType(type);
  if (!found || others.length > 0) throw new Error(`not one of ${type}`);
  return found;
};
const idOf = (part: string, type: string): string =>
  ofType(type).find(([id]) => id.includes(part))?.[0] as string;
const statementsOf = (role: string): Json[] =>
  ofType('AWS::IAM::Policy')
    .filter(([, { Roles }]) => Roles.some((each: Json) => each.Ref === role))
    .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);

const dispatch = ofType('AWS::Lambda::Function').find(
  ([, { Description }]) => Description === engineFunctions.fargate.description,
) as [string, Json];
const [cluster] = only('AWS::ECS::Cluster');
const clusterArn = { 'Fn::GetAtt': [cluster, 'Arn'] };

const withoutCode = (text = ''): string => text.replace(/[0-9a-f]{64}(\.zip)?/g, '<asset>');

test('nothing is added by default', () => {
  expect(JSON.stringify(usual)).not.toMatch(/AWS::E(CS|C2)::|TASKPORT_(FARGATE|ENGINE)/);
  expect(JSON.stringify(synthesize({ fargate: 'false' }).toJSON().Resources)).toBe(JSON.stringify(usual));
});

test('the additions equal the snapshot', async () => {
  const added = Object.entries(Resources)
    .filter(
      ([id, resource]) => withoutCode(JSON.stringify(resource)) !== withoutCode(JSON.stringify(usual[id])),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  expect(Object.keys(usual).filter((id) => !(id in Resources))).toEqual([]);
  const text = JSON.stringify(Object.fromEntries(added), undefined, 1);
  await expect(withoutCode(text)).toMatchFileSnapshot('./fargate.snapshot');
});

test('the template passes the checks of CloudFormation', () => {
  synthesize({ fargate: 'true' }, { builtinCloudFormationValidation: true });
});

describe('the dispatching function', () => {
  test('may pass the two roles of tasks to ECS, and no others', () => {
    const statements = statementsOf(dispatch[1].Role['Fn::GetAtt'][0]);
    const passing = statements.filter(({ Action }) => [Action].flat().includes('iam:PassRole'));
    const roles = ['FargateExecution', 'FargateTask'].map((part) => ({
      'Fn::GetAtt': [idOf(part, 'AWS::IAM::Role'), 'Arn'],
    }));
    expect(passing).toEqual([
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: roles,
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      },
    ]);
  });

  test('may run and stop tasks only in the one cluster, and has no wildcard for an action', () => {
    const statements = statementsOf(dispatch[1].Role['Fn::GetAtt'][0]);
    const ecs = statements.flatMap(({ Action, Resource, Condition }) =>
      [Action]
        .flat()
        .flatMap((action: string) =>
          action.startsWith('ecs:') ? [[action, flat(Resource).replace(/^arn.*:/, ''), Condition]] : [],
        ),
    );
    const inCluster = { ArnEquals: { 'ecs:cluster': clusterArn } };
    expect(ecs).toEqual([
      ['ecs:DeregisterTaskDefinition', '*', undefined],
      ['ecs:DescribeTaskDefinition', '*', undefined],
      ['ecs:RegisterTaskDefinition', '*', undefined],
      ['ecs:RunTask', 'task-definition/*', inCluster],
      ['ecs:DescribeTasks', `task/${cluster}/*`, undefined],
      ['ecs:StopTask', `task/${cluster}/*`, undefined],
      ['ecs:TagResource', `task/${cluster}/*`, undefined],
      ['ecs:ListTasks', '*', inCluster],
    ]);
    expect(statements.flatMap(({ Action }) => Action).join()).toMatch(/^[A-Za-z0-9:,]+$/);
  });

  test('gets events of bound, unbound and halted tasks, only those of its cluster, and a schedule', () => {
    const rules = ofType('AWS::Events::Rule').flatMap(
      ([, { Targets, EventBusName, EventPattern, ScheduleExpression }]) =>
        JSON.stringify(Targets).includes(dispatch[0])
          ? [{ bus: EventBusName?.Ref !== undefined, EventPattern, ScheduleExpression }]
          : [],
    );
    expect(rules).toEqual([
      {
        bus: true,
        EventPattern: {
          source: ['taskport'],
          'detail-type': ['Task Bound', 'Task Unbound', 'Task Halted', 'Executor Deleted'],
        },
      },
      {
        bus: false,
        EventPattern: {
          source: ['aws.ecs'],
          'detail-type': ['ECS Task State Change'],
          detail: { clusterArn: [clusterArn] },
        },
      },
      { bus: false, ScheduleExpression: 'rate(10 minutes)' },
    ]);
  });
});

describe('tasks', () => {
  test('start with a role that reads one secret and writes one log group, and have no rights themselves', () => {
    const statements = statementsOf(idOf('FargateExecution', 'AWS::IAM::Role'));
    const pull = idOf('PullSecret', 'AWS::SecretsManager::Secret');
    const logs = idOf('FargateLogs', 'AWS::Logs::LogGroup');
    expect(statements.map(({ Action, Resource }) => [Action, flat(Resource)])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], `${logs}.Arn`],
      ['secretsmanager:GetSecretValue', pull],
    ]);
    expect(statementsOf(idOf('FargateTask', 'AWS::IAM::Role'))).toEqual([]);
    for (const part of ['FargateExecution', 'FargateTask']) {
      const { AssumeRolePolicyDocument } = Resources[idOf(part, 'AWS::IAM::Role')].Properties;
      expect(AssumeRolePolicyDocument.Statement).toMatchObject([
        {
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': {} } },
        },
      ]);
    }
  });

  test('accept no inbound connections', () => {
    const [, group] = only('AWS::EC2::SecurityGroup');
    expect(group).not.toHaveProperty('SecurityGroupIngress');
    expect(ofType('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

/** The first resource in a value. */
const idIn = (value: Json): string => /"(?:Ref|Fn::GetAtt)":\[?"(\w+)/.exec(JSON.stringify(value))?.[1] ?? '';

describe('an existing VPC', () => {
  const build = (fargateProps: (vpc: Vpc) => object): Template =>
    templateOf((app: App) => {
      const stack = new Stack(app, 'Shop');
      const vpc = new Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false });
      new Taskport(stack, 'Taskport', { engines: { fargate: { vpc, ...fargateProps(vpc) } } as never });
      return stack;
    });
  const settingsOf = (built: Template): Json => {
    const variables = Object.values(built.findResources('AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Properties.Environment.Variables.TASKPORT_FARGATE ?? [],
    );
    // Values that only CloudFormation knows are names here.
    const parts: Json[] = variables[0]['Fn::Join'][1];
    return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : idIn(part))).join(''));
  };

  test('is used: tasks are in its private subnets, without public addresses', () => {
    const built = build(() => ({}));
    built.resourceCountIs('AWS::EC2::VPC', 1);
    const { subnets, assignPublicIp, spot } = settingsOf(built);
    expect({ assignPublicIp, spot }).toEqual({ assignPublicIp: false });
    expect(subnets.join()).toMatch(/^(\w*Private\w*,?)+$/);
  });

  test('is used with the given subnets, public addresses, Spot and ECS Exec', () => {
    const said = { subnets: { subnetType: SubnetType.PUBLIC }, assignPublicIp: true, spot: true, exec: true };
    const { subnets, assignPublicIp, spot, exec } = settingsOf(build(() => said));
    expect({ assignPublicIp, spot, exec }).toEqual({ assignPublicIp: true, spot: true, exec: true });
    expect(subnets.join()).toMatch(/^(\w*Public\w*,?)+$/);
  });

  test('permits ECS Exec by four actions of the task role, on request', () => {
    const roles = build(() => ({ exec: true })).findResources('AWS::IAM::Policy');
    const [[, policy] = []] = Object.entries(roles).filter(([id]) => id.includes('FargateTask'));
    expect(policy?.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map(
          (channel) => `ssmmessages:${channel}`,
        ),
        Resource: '*',
      },
    ]);
  });

  test.each([
    [{ spot: 'yes' }, 'engines.fargate.spot'],
    [{ assignPublicIp: 1 }, 'engines.fargate.assignPublicIp'],
    [{ exec: 'on' }, 'engines.fargate.exec'],
  ])('refuses %o', (said, path) => {
    expect(() => build(() => said)).toThrow(path);
  });

  test('refuses unknown engines', () => {
    const stack = new Stack(new App(), 'Shop');
    expect(() => new Taskport(stack, 'Taskport', { engines: { kubernetes: {} } as never })).toThrow(
      'engines',
    );
  });
});
