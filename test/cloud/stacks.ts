/** Stacks of tests beside Taskport's: for its callers, and for listeners to its events. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { PATIENCE } from '../patience.ts';
import { certificateIn } from './certificate.ts';
import { ACCOUNT, type Cloud, REGION } from './cloud.ts';

/** Resources, and the outputs. */
export interface Stack {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** Settings of an AWS SDK client for the cloud. */
export const settingsOf = ({ endpoint, directory, env }: Cloud) => ({
  endpoint,
  region: REGION,
  credentials: {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  },
  requestHandler: { httpsAgent: new Agent({ ca: readFileSync(certificateIn(directory).cert) }) },
});

/** Creates a stack; answers its outputs. Throws the reason if CloudFormation refuses it, or a resource fails. */
export const createStack = async (
  cloud: Cloud,
  StackName: string,
  { Resources, Outputs = {} }: Stack,
): Promise<Readonly<Record<string, string>>> => {
  const client = new CloudFormationClient(settingsOf(cloud));
  const values = Object.entries(Outputs).map(([name, Value]) => [name, { Value }]);
  const TemplateBody = JSON.stringify({ Resources, Outputs: Object.fromEntries(values) });
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
  );
  const stack = await vi.waitFor(async () => {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    if (!Stacks?.[0]?.StackStatus?.endsWith('_COMPLETE')) throw new Error(`${StackName} is not complete`);
    return Stacks[0];
  }, PATIENCE);
  if (stack.StackStatus !== 'CREATE_COMPLETE') {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    throw new Error(
      StackEvents.find((event) => event.ResourceStatus === 'CREATE_FAILED')?.ResourceStatusReason,
    );
  }
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
};

/** The physical name of a resource of a stack, by the start of its ID. */
export const physicalId = async (cloud: Cloud, StackName: string, start: string): Promise<string> => {
  const client = new CloudFormationClient(settingsOf(cloud));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  const found = StackResources.find(({ LogicalResourceId }) => LogicalResourceId?.startsWith(start));
  if (!found?.PhysicalResourceId) throw new Error(`${StackName} has no ${start}…`);
  return found.PhysicalResourceId;
};

/** A role that the account's root may assume, with these statements. */
export const roleCalled = (RoleName: string, ...Statement: readonly object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } },
      ],
    },
    Policies:
      Statement.length === 0
        ? []
        : [{ PolicyName: 'allowed', PolicyDocument: { Version: '2012-10-17', Statement } }],
  },
});

/** Makes programs assume a role, like their users: by a profile with its name. */
export const profileOf = (cloud: Cloud, role: string): Readonly<Record<string, string>> => {
  const AWS_CONFIG_FILE = join(cloud.directory, `${role}.config`);
  const lines = [
    `[profile ${role}]`,
    `role_arn = arn:aws:iam::${ACCOUNT}:role/${role}`,
    'source_profile = root',
    '[profile root]',
    `aws_access_key_id = ${cloud.env.AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${cloud.env.AWS_SECRET_ACCESS_KEY}`,
  ];
  writeFileSync(AWS_CONFIG_FILE, lines.join('\n'));
  return { AWS_PROFILE: role, AWS_CONFIG_FILE, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
};

/** A queue that gets events of a bus, like a consumer's. */
export const listeningTo = (EventBusName: unknown, EventPattern: object): Stack => {
  const Arn = { 'Fn::GetAtt': ['Queue', 'Arn'] };
  return {
    Resources: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Queue' }],
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'events.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: Arn,
              },
            ],
          },
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventBusName, EventPattern, Targets: [{ Id: 'Queue', Arn }] },
      },
    },
    Outputs: { QueueUrl: { Ref: 'Queue' } },
  };
};

export interface Heard {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The events that came from each queue. */
const events = new Map<string, Heard[]>();

/** Waits for an event of a queue, among those that came and those to come; answers the first. */
export const hear = async (
  cloud: Cloud,
  QueueUrl: string,
  isMeant: (event: Heard) => boolean,
): Promise<Heard> => {
  const client = new SQSClient(settingsOf(cloud));
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
  const heard = events.get(QueueUrl) ?? [];
  events.set(QueueUrl, heard);
  return vi.waitFor(async () => {
    const known = heard.find(isMeant);
    if (known) return known;
    const { Messages = [] } = await client.send(receive);
    for (const { Body = '', ReceiptHandle } of Messages) {
      heard.push(JSON.parse(Body));
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    const come = heard.map((event) => event['detail-type']).join(', ');
    throw new Error(`the event has not come; ${come} have`);
  }, PATIENCE);
};
