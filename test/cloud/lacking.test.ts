/** The list of MiniStack's gaps can only shrink: each entry is in the template, and MiniStack still lacks it. */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { titled } from '../bundle.ts';
import { ACCOUNT, type Cloud, REGION, run } from './cloud.ts';
import { synthesize, templateIn } from './deployment.ts';
import { adapted, lacking, type Template } from './lacking.ts';
import { without } from './ministack.ts';
import { createStack, hear, listeningTo, profileOf, roleCalled } from './stacks.ts';

const lack = without('ministack');

/** Each program runs as the principal in its environment. */
const CREATE_SCHEDULE = `
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
const Target = { Arn: 'arn:aws:events:${REGION}:${ACCOUNT}:event-bus/probe', RoleArn: 'arn:aws:iam::${ACCOUNT}:role/probe' };
const time = { ScheduleExpression: 'at(2036-01-01T00:00:00)', FlexibleTimeWindow: { Mode: 'OFF' } };
await new SchedulerClient().send(new CreateScheduleCommand({ GroupName: 'probe', Name: 'one', Target, ...time }));
`;

const LIST_TASKS = `
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
await new ECSClient().send(new ListTasksCommand({ cluster: 'probe' }));
`;
const DESCRIBE_TASKS = `
import { DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
await new ECSClient().send(new DescribeTasksCommand({ cluster: 'probe', tasks: ['one'] }));
`;
const READ_STREAM = `
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
await new CloudWatchLogsClient().send(new GetLogEventsCommand({ logGroupName: 'probe', logStreamName: 'one' }));
`;

describe.skipIf(lack !== undefined)(titled('a feature that MiniStack lacks', lack), () => {
  const cloud = inject('cloud') as Cloud;
  let template: Template;
  beforeAll(async () => {
    template = templateIn(await synthesize(cloud, { fargate: 'true' }), 'Taskport');
  });

  const refusalOf = (name: string, Type: string, Properties: object = {}): Promise<string> =>
    createStack(cloud, name, { Resources: { It: { Type, Properties } } }).then(
      () => 'none',
      ({ message }: Error) => message,
    );

  /** Checks that MiniStack denies an action that a role's policies permit. */
  const denies = async (action: string, program: string, role: string): Promise<void> => {
    const { code, said } = await run(cloud, process.execPath, ['--input-type=module', '--eval', program], {
      env: profileOf(cloud, role),
    });
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringContaining(`is not authorized to perform: ${action}`),
    });
  };

  /** Differences between MiniStack and AWS. */
  const probes: Record<keyof typeof lacking, () => Promise<void>> = {
    archive: async () => {
      expect(await refusalOf('Archive', 'AWS::Events::Archive')).toContain('Unrecognized resource types');
    },
    schemas: async () => {
      for (const type of ['Registry', 'Schema'])
        expect(await refusalOf(type, `AWS::EventSchemas::${type}`)).toContain('Unrecognized resource types');
    },
    'metric math': async () => {
      const alarm = {
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        Threshold: 1,
        Metrics: [{ Id: 'sum', Expression: '1 + 1', ReturnData: true }],
      };
      expect(await refusalOf('Alarm', 'AWS::CloudWatch::Alarm', alarm)).toContain('metric math');
    },
    'the ARN of a secret': async () => {
      const { Arn } = await createStack(cloud, 'Secret', {
        Resources: {
          It: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString: {} } },
        },
        Outputs: { Arn: { Ref: 'It' } },
      });
      expect(Arn).not.toMatch(/^arn:/);
    },
    'groups of schedules': async () => {
      const GroupName = 'probe';
      const Resource = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${GroupName}/*`;
      const own = { Effect: 'Allow', Action: ['scheduler:CreateSchedule', 'iam:PassRole'], Resource };
      await createStack(cloud, 'Group', {
        Resources: {
          Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: GroupName } },
          Role: roleCalled('Scheduling', own),
        },
      });
      await denies('scheduler:CreateSchedule', CREATE_SCHEDULE, 'Scheduling');
    },
    'tasks of ECS': async () => {
      const Resource = `arn:aws:ecs:${REGION}:${ACCOUNT}:task/probe/*`;
      const own = roleCalled('Looking', { Effect: 'Allow', Action: 'ecs:DescribeTasks', Resource });
      await createStack(cloud, 'Looking', { Resources: { Role: own } });
      await denies('ecs:DescribeTasks', DESCRIBE_TASKS, 'Looking');
    },
    'conditions of ECS': async () => {
      const Condition = {
        ArnEquals: { 'ecs:cluster': `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/probe` },
      };
      const own = { Effect: 'Allow', Action: 'ecs:ListTasks', Resource: '*', Condition };
      await createStack(cloud, 'Listing', { Resources: { Role: roleCalled('Listing', own) } });
      await denies('ecs:ListTasks', LIST_TASKS, 'Listing');
    },
    'streams of a log group': async () => {
      const Resource = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:probe:*`;
      const own = roleCalled('Reading', { Effect: 'Allow', Action: 'logs:GetLogEvents', Resource });
      await createStack(cloud, 'Reading', { Resources: { Role: own } });
      await denies('logs:GetLogEvents', READ_STREAM, 'Reading');
    },
    'events of schedules': async () => {
      const { Resources, Outputs } = listeningTo({ Ref: 'Bus' }, { source: ['probe', 'aws.scheduler'] });
      const { QueueUrl = '' } = await createStack(cloud, 'Schedule', {
        Resources: {
          ...Resources,
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'probe' } },
          Schedule: {
            Type: 'AWS::Scheduler::Schedule',
            Properties: {
              ScheduleExpression: 'at(2026-01-01T00:00:00)',
              FlexibleTimeWindow: { Mode: 'OFF' },
              Target: {
                Arn: { 'Fn::GetAtt': ['Bus', 'Arn'] },
                RoleArn: 'arn:aws:iam::000000000000:role/anybody',
                Input: '{}',
                EventBridgeParameters: { Source: 'probe', DetailType: 'Probe' },
              },
            },
          },
        },
        ...(Outputs && { Outputs }),
      });
      expect((await hear(cloud, QueueUrl, () => true)).source).toBe('aws.scheduler');
    },
  };

  it.each(Object.keys(lacking))('%s is in the template, and still missing', async (name) => {
    expect(adapted(template, name), 'nothing of the template needs it: take it off the list').not.toEqual(
      adapted(template),
    );
    await probes[name]?.();
  });
});
