/** Invalid settings are refused during the synthesis, with the value and the accepted values. */

import { App, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EventSubscription,
  type EventSubscriptionProps,
  Taskport,
  type TaskportProps,
} from '../../infra/index.ts';
import { propsOfContext } from '../../infra/stack/context.ts';
import { settle } from '../../infra/stack/settings.ts';
import { defined } from '../../lib/defined.ts';
import type { Json } from './synthesized.ts';

const REGION = 'eu-central-1';
const stackOf = (context: Record<string, unknown> = {}, region = REGION): Stack =>
  new Stack(new App({ context }), 'Taskport', { env: { region } });
const read = (context: Record<string, unknown>, region?: string): TaskportProps =>
  propsOfContext(stackOf(context, region));

const arn = (service: string, resource: string, region = REGION): string =>
  `arn:aws:${service}:${region}:123456789012:${resource}`;
const TABLE = arn('dynamodb', 'table/restored');
/** A valid value for every flag. */
const right = {
  stage: 'prod',
  jwtIssuer: 'https://login.example.com/tenant/',
  jwtAudience: 'shop,ci',
  domain: 'tasks.example.com',
  certificateArn: arn('acm', 'certificate/c-1'),
  alarmTopicArn: arn('sns', 'alarms'),
  auditDays: '30',
  logShards: '8',
  eventLog: 'true',
  rate: '200',
  burst: '400',
  requestsPerMinute: '600',
  restoredTableArn: TABLE,
  restoredStreamArn: `${TABLE}/stream/2026-01-31T12:00:00.000`,
};

describe('a flag', () => {
  it('has its value', () => {
    expect(read(right)).toMatchObject({
      auth: { issuer: right.jwtIssuer, audience: ['shop', 'ci'] },
      domain: { name: 'tasks.example.com' },
      restoredTable: { arn: TABLE, streamArn: right.restoredStreamArn },
      retention: { auditDays: 30 },
      logShards: 8,
      eventLog: true,
      quotas: { rate: 200, burst: 400, requestsPerMinute: 600 },
    });
    expect(read({})).toEqual({ quotas: {} });
    // In the types of `cdk.context.json`.
    expect(read({ ...right, jwtAudience: ['shop'], rate: 200 })).toMatchObject({
      auth: { audience: ['shop'] },
      quotas: { rate: 200 },
    });
  });

  it.each([
    ['stage', 'test', 'dev or prod'],
    ['eventLog', 'yes', 'true or false'],
    [
      'jwtIssuer',
      'http://login.example.com',
      'the issuer of an OpenID provider, such as https://login.example.com',
    ],
    ['jwtIssuer', 'https://login.example.com?a=b', 'the issuer of an OpenID provider'],
    ['jwtIssuer', 'login.example.com', 'the issuer of an OpenID provider'],
    ['jwtAudience', 'shop,', 'an audience, without blanks around it'],
    ['jwtAudience', 'shop, ci', 'an audience, without blanks around it'],
    ['domain', 'https://tasks.example.com', 'a name in lower case, such as tasks.example.com'],
    ['domain', 'Tasks.example.com', 'a name in lower case'],
    ['domain', 'tasks', 'a name in lower case'],
    ['domain', '*.example.com', 'a name in lower case'],
    ['certificateArn', 'certificate', `the ARN of a certificate in ${REGION}`],
    ['certificateArn', arn('acm', 'certificate/c', 'us-east-1'), `the ARN of a certificate in ${REGION}`],
    ['alarmTopicArn', arn('sqs', 'alarms'), `the ARN of a topic in ${REGION}`],
    ['alarmTopicArn', arn('sns', 'alarms', 'us-east-1'), `the ARN of a topic in ${REGION}`],
    ['auditDays', '0', 'a whole number from 1 to 3,650'],
    ['auditDays', '3651', 'a whole number from 1 to 3,650'],
    ['logShards', '0', 'a whole number from 1 to 64'],
    ['logShards', '65', 'a whole number from 1 to 64'],
    ['rate', 'abc', 'a whole number from 1 to 1,000,000'],
    ['rate', '-1', 'a whole number'],
    ['rate', '1.5', 'a whole number'],
    ['rate', '1e3', 'a whole number'],
    ['burst', '0', 'a whole number'],
    ['requestsPerMinute', 'many', 'a whole number'],
    ['restoredTableArn', 'Table', `the ARN of a table in ${REGION}`],
    ['restoredStreamArn', TABLE, `the ARN of a stream of a table in ${REGION}`],
  ])('%s refuses %s', (flag, value, taken) => {
    const wrong = () => read({ ...right, [flag]: value });
    expect(wrong).toThrow(`-c ${flag} is '${value}', and takes ${taken}`);
  });

  it.each(Object.keys(right))('%s refuses an empty text, which a script may pass', (flag) => {
    expect(() => read({ ...right, [flag]: '' })).toThrow(`-c ${flag} is '', and takes `);
  });

  it('is reported together with all other errors', () => {
    expect(() => read({ rate: 'abc', auditDays: '0' })).toThrow(/-c auditDays is .*; -c rate is /);
  });

  it.each([
    ['jwtIssuer', 'jwtAudience'],
    ['domain', 'certificateArn'],
    ['restoredTableArn', 'restoredStreamArn'],
  ] as const)('is not half of two: %s and %s', (one, other) => {
    expect(() => read({ [one]: right[one] })).toThrow(`-c ${one}=… needs -c ${other}=… beside it`);
    expect(() => read({ [other]: right[other] })).toThrow(`-c ${other}=… needs -c ${one}=… beside it`);
  });

  it.each([
    ['brust', 'burst'],
    ['Rate', 'rate'],
    ['rates', 'rate'],
    ['jwt-issuer', 'jwtIssuer'],
    ['jwtaudience', 'jwtAudience'],
    ['auditdays', 'auditDays'],
    ['alarmsTopicArn', 'alarmTopicArn'],
    ['restoredTableArm', 'restoredTableArn'],
    ['requestPerMinute', 'requestsPerMinute'],
    ['stages', 'stage'],
  ])('with a misspelt name is reported: %s', (given, meant) => {
    expect(() => read({ [given]: '1' })).toThrow(`-c ${given} is no flag; did you mean ${meant}?`);
  });

  it('of the CDK, or of another construct, is ignored', () => {
    const others = [
      'aws:cdk:bundling-stacks',
      '@aws-cdk/core:target-partitions',
      'cli-telemetry',
      'owner',
      'env',
    ];
    expect(read(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual({ quotas: {} });
  });

  it('is a number exactly if its text is one, within bounds', () => {
    const anything = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String), fc.double());
    fc.assert(
      fc.property(anything, (given) => {
        const number = Number(given);
        const isTaken = /^\d+$/.test(`${given}`) && number >= 1 && number <= 1_000_000;
        if (isTaken) expect(read({ rate: given }).quotas).toEqual({ rate: number });
        else expect(() => read({ rate: given })).toThrow('-c rate is ');
      }),
    );
  });

  it('names resources in the partition of the stack', () => {
    const topic = 'arn:aws-cn:sns:cn-north-1:123456789012:alarms';
    expect(() => read({ alarmTopicArn: topic }, 'cn-north-1')).not.toThrow();
    expect(() => read({ alarmTopicArn: topic.replace('aws-cn', 'aws') }, 'cn-north-1')).toThrow(
      'a topic in cn-north-1',
    );
  });
});

describe('a property', () => {
  const auth = { issuer: 'https://login.example.com', audience: ['shop'] };
  const certificate = (stack: Stack) => Certificate.fromCertificateArn(stack, 'C', right.certificateArn);
  const group = (stack: Stack) => SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
  const stack = stackOf();

  it.each<[TaskportProps | Json, string]>([
    [{ name: 'Not Good' }, "name is 'Not Good', and takes up to 48 lower-case letters"],
    [
      { auth: { ...auth, issuer: 'http://a.example.com' } },
      "auth.issuer is 'http://a.example.com', and takes the issuer",
    ],
    [{ auth: { ...auth, audience: [] } }, 'auth.audience is [], and takes at least one audience'],
    [{ auth: { ...auth, audience: [''] } }, "auth.audience.0 is '', and takes an audience"],
    [{ auth: 'none' }, "auth is 'none', and takes 'iam', or {issuer, audience}"],
    [
      { domain: { name: 'https://a.example.com', certificate: certificate(stack) } },
      "domain.name is 'https://a.example.com'",
    ],
    [{ retention: { auditDays: 0 } }, 'retention.auditDays is 0, and takes a whole number from 1 to 3,650'],
    [{ retention: { auditDays: 1.5 } }, 'retention.auditDays is 1.5, and takes'],
    [{ retention: { logs: 2 } }, 'retention.logs is 2, and takes one of RetentionDays'],
    [{ retention: { archive: Duration.hours(36) } }, 'and takes whole days, one or more'],
    [{ retention: { archive: Duration.days(0) } }, 'and takes whole days, one or more'],
    [{ quotas: { rate: Number.NaN } }, 'quotas.rate is NaN, and takes a whole number from 1 to 1,000,000'],
    [{ quotas: { rate: 0 } }, 'quotas.rate is 0, and takes'],
    [{ quotas: { burst: -1 } }, 'quotas.burst is -1, and takes'],
    [{ quotas: { requestsPerMinute: 1_000_001 } }, 'quotas.requestsPerMinute is 1000001, and takes'],
    [{ quotas: { reservedConcurrency: { verify: 0 } } }, 'quotas.reservedConcurrency.verify is 0, and takes'],
    [{ quotas: { reservedConcurrency: { verfy: 1 } } }, 'and takes numbers of api, console, publish'],
    [{ runnerSilenceSeconds: 59 }, 'runnerSilenceSeconds is 59, and takes a whole number from 60 to 86,400'],
    [{ removalPolicy: 'keep' }, "removalPolicy is 'keep', and takes one of RemovalPolicy"],
    [{ vpcSubnets: {} }, "Cannot configure 'vpcSubnets' without configuring a VPC"],
    [{ securityGroups: [group(stack)] }, "Cannot configure 'securityGroups' without configuring a VPC"],
    [
      { restoredTable: { arn: 'Table', streamArn: 'Stream' } },
      "restoredTable.arn is 'Table', and takes the ARN of a table",
    ],
    [
      { restoredTable: { arn: TABLE, streamArn: arn('dynamodb', 'table/other/stream/2026') } },
      'and takes the ARN of a stream of that table',
    ],
  ])('is refused: %j', (props, said) => {
    expect(() => new Taskport(stackOf(), 'Taskport', props)).toThrow(said);
  });

  it('that only CloudFormation knows is accepted', () => {
    const text = new CfnParameter(stack, 'Issuer').valueAsString;
    const number = new CfnParameter(stack, 'Rate', { type: 'Number' }).valueAsNumber;
    const props = {
      auth: { issuer: text, audience: [text] },
      retention: { auditDays: number },
      quotas: { rate: number, burst: number },
      restoredTable: { arn: text, streamArn: `${text}/stream/2026` },
      removalPolicy: RemovalPolicy.DESTROY,
    };
    expect(settle(stack, props)).toMatchObject({ auth: props.auth, throttle: { rate: number } });
  });
});

describe('a subscription', () => {
  it.each<[Partial<EventSubscriptionProps> | Json, string]>([
    [{ detailTypes: [] }, 'detailTypes is [], and takes types of events, or nothing for all'],
    [{ detailTypes: ['Task Bond'] }, "detailTypes.0 is 'Task Bond', and takes one of "],
    [{ locations: [] }, 'locations is [], and takes names of locations, or nothing for all'],
    [{ locations: ['Not Good'] }, "locations.0 is 'Not Good', and takes the name of a location"],
    [{ maxEventAge: Duration.seconds(59) }, 'and takes a minute to a day'],
    [{ maxEventAge: Duration.days(2) }, 'and takes a minute to a day'],
    [
      { url: 'http://hooks.example.com' },
      "destination.https.url is 'http://hooks.example.com', and takes a URL that begins",
    ],
    [{ header: 'x token' }, "destination.https.header is 'x token', and takes the name of a header"],
    [{ ratePerSecond: 0 }, 'destination.https.ratePerSecond is 0, and takes a whole number from 1 to 300'],
  ])('is refused: %j', ({ url, header, ratePerSecond, ...props }, said) => {
    const stack = stackOf();
    const https = defined({
      url: url ?? 'https://hooks.example.com',
      header: header ?? 'x-token',
      secret: Secret.fromSecretNameV2(stack, 'Secret', 'hook'),
      ratePerSecond,
    });
    const bus = EventBus.fromEventBusName(stack, 'Bus', 'taskport');
    expect(() => new EventSubscription(stack, 'Some', { bus, destination: { https }, ...props })).toThrow(
      said,
    );
  });

  it('to a queue needs no further settings', () => {
    const stack = stackOf();
    const bus = EventBus.fromEventBusName(stack, 'Bus', 'taskport');
    const queue = new Queue(stack, 'Queue');
    expect(() => new EventSubscription(stack, 'Some', { bus, destination: { queue } })).not.toThrow();
  });
});
