/** The construct in an app of another user. */

import { readFileSync } from 'node:fs';
import { Duration, type Environment, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { Taskport, type TaskportProps } from '../../infra/index.ts';
import { environmentNames, functions } from '../../infra/wiring.ts';
import {
  ADMINISTRATORS,
  LOG_SHARDS,
  REQUESTS_PER_MINUTE,
  SILENCE_SECONDS,
} from '../../lib/adapters/environment.ts';
import { defined } from '../../lib/defined.ts';
import { type Json, templateOf } from './synthesized.ts';

/** A stack without our context and feature flags. */
const deploy = (build: (stack: Stack) => unknown, env: Environment = { region: 'eu-central-1' }): Template =>
  templateOf((app) => {
    const stack = new Stack(app, 'Shop', { env });
    build(stack);
    return stack;
  });
const withProps = (propsOf: (stack: Stack) => TaskportProps): Template =>
  deploy((stack) => new Taskport(stack, 'Taskport', propsOf(stack)));
const all = (template: Template, type: string): Json[] => Object.values(template.findResources(type));

test('two in one stack share no name', () => {
  const template = deploy((stack) =>
    ['Blue', 'Green'].map((id) => new Taskport(stack, id, { eventLog: true })),
  );
  const named: Record<string, string> = {
    'AWS::Events::EventBus': 'Name',
    'AWS::EventSchemas::Registry': 'RegistryName',
    'AWS::CloudWatch::Alarm': 'AlarmName',
    'AWS::CloudWatch::Dashboard': 'DashboardName',
    'AWS::Scheduler::ScheduleGroup': 'Name',
  };
  for (const [type, property] of Object.entries(named)) {
    const names = all(template, type).map(({ Properties }) => Properties[property]);
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(new Set(names).size).toBe(names.length);
  }
  const logGroups = all(template, 'AWS::Logs::LogGroup').flatMap(
    ({ Properties }) => Properties.LogGroupName ?? [],
  );
  expect(new Set(logGroups).size).toBe(2);
  // All other names are chosen by CloudFormation.
  const fixed = JSON.stringify(template.toJSON().Resources).match(
    /"(TableName|BucketName|FunctionName|RoleName|QueueName|PolicyName)":"taskport[^"]*"/gi,
  );
  expect(fixed).toBeNull();
});

test('has a given name', () => {
  withProps(() => ({ name: 'ci' })).hasResourceProperties('AWS::Events::EventBus', { Name: 'ci' });
});

test('exposes its parts to an app', () => {
  deploy((stack) => {
    const taskport = new Taskport(stack, 'Taskport');
    expect(Object.keys(taskport.functions).sort()).toEqual(functions.map(({ name }) => name).sort());
    expect(taskport.bus.eventBusName).toBeTypeOf('string');
    expect(Object.keys(taskport.alarms)).toContain('api-errors');
  });
});

test('lets a role call it, and nothing else', () => {
  const template = deploy((stack) => {
    const caller = new Role(stack, 'Caller', { assumedBy: new AccountRootPrincipal() });
    new Taskport(stack, 'Taskport').grantInvoke(caller);
  });
  const policies = all(template, 'AWS::IAM::Policy').filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes('Caller'),
  );
  expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([
    [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: expect.anything() }],
  ]);
  expect(JSON.stringify(policies)).toMatch(/execute-api.*\/\$default\/\*\/v1\/\*/);
});

test('has no role to permit if callers use tokens', () => {
  deploy((stack) => {
    const caller = new Role(stack, 'Caller', { assumedBy: new AccountRootPrincipal() });
    const taskport = new Taskport(stack, 'Taskport', {
      auth: { issuer: 'https://login.example.com', audience: ['shop'] },
    });
    expect(() => taskport.grantInvoke(caller)).toThrow('callers bring tokens');
  });
});

test('has metrics for alarms of an app', () => {
  const template = deploy((stack) => {
    const taskport = new Taskport(stack, 'Taskport', { name: 'shop' });
    const metrics = {
      problems: taskport.metricProblems('too-many-requests', { period: Duration.minutes(1) }),
      sweeps: taskport.metric('Sweeps'),
      calls: taskport.metricCount(),
      refused: taskport.metricClientError(),
      failed: taskport.metricServerError(),
      latency: taskport.metricLatency({ statistic: 'p50' }),
      undelivered: taskport.metricUndelivered(),
      setAside: taskport.metricSetAside(),
    };
    for (const [id, metric] of Object.entries(metrics))
      new Alarm(stack, `Own-${id}`, { alarmName: id, metric, threshold: 1, evaluationPeriods: 1 });
  });
  const alarm = (AlarmName: string, found: object) =>
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName, ...found });
  const dimension = (Name: string, Value: string) => ({ Name, Value });
  alarm('problems', {
    Namespace: 'Taskport',
    MetricName: 'Problems',
    Period: 60,
    Dimensions: [dimension('code', 'too-many-requests'), dimension('deployment', 'shop')],
  });
  alarm('sweeps', { MetricName: 'Sweeps', Statistic: 'Sum', Dimensions: [dimension('deployment', 'shop')] });
  for (const [id, MetricName] of [
    ['calls', 'Count'],
    ['refused', '4xx'],
    ['failed', '5xx'],
  ] as const)
    alarm(id, { MetricName, Namespace: 'AWS/ApiGateway', Statistic: 'Sum' });
  alarm('latency', { MetricName: 'Latency', ExtendedStatistic: 'p50' });
  alarm('undelivered', { MetricName: 'ApproximateNumberOfMessagesVisible' });
  alarm('setAside', { Metrics: Match.anyValue() });
});

test('needs no explicit region, and encrypts as with one', () => {
  const encryption = (env: Environment) => {
    const template = deploy((stack) => new Taskport(stack, 'Taskport'), env);
    return all(template, 'AWS::DynamoDB::GlobalTable').map(({ Properties }) => [
      Properties.SSESpecification,
      Properties.Replicas[0].SSESpecification,
    ]);
  };
  expect(encryption({})).toEqual(encryption({ region: 'eu-central-1' }));
});

test('needs tokens if it has an issuer', () => {
  withProps(() => ({
    auth: { issuer: 'https://login.example.com', audience: ['taskport'] },
  })).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['taskport'] },
  });
});

test('has a custom domain name', () => {
  const template = withProps((stack) => ({
    domain: {
      name: 'tasks.example.com',
      certificate: Certificate.fromCertificateArn(stack, 'C', 'arn:aws:acm:eu-central-1:1:certificate/c'),
    },
  }));
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'tasks.example.com' });
  template.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
  // The console is at both addresses, and transfers data from both.
  const origins = all(template, 'AWS::S3::Bucket').flatMap(
    ({ Properties }) => Properties.CorsConfiguration?.CorsRules[0].AllowedOrigins ?? [],
  );
  const [endpoint] = Object.keys(template.findResources('AWS::ApiGatewayV2::Api'));
  expect(origins).toEqual(['https://tasks.example.com', { 'Fn::GetAtt': [endpoint, 'ApiEndpoint'] }]);
  const values = Object.values(template.findOutputs('*')).map(({ Value }) => Value);
  expect(values).toContain('https://tasks.example.com');
  expect(JSON.stringify(values)).toContain('RegionalDomainName');
});

test('keeps logs, events and the audit trail as long as configured', () => {
  const template = withProps(() => ({
    retention: { auditDays: 30, logs: RetentionDays.ONE_WEEK, archive: Duration.days(14) },
  }));
  for (const { Properties } of all(template, 'AWS::Logs::LogGroup'))
    expect(Properties.RetentionInDays).toBe(7);
  template.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 14 });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ [environmentNames.auditDays]: '30' }) },
  });
});

test('passes the number of shards to the writer of the log, and to no other function', () => {
  const told = all(
    withProps(() => ({ logShards: 8 })),
    'AWS::Lambda::Function',
  ).filter(({ Properties }) => Properties.Environment?.Variables[LOG_SHARDS] === '8');
  const writers = functions.filter(({ name }) => name === 'audit' || name === 'redrive');
  expect(told.map(({ Properties }) => Properties.Description).sort()).toEqual(
    writers.map(({ description }) => description).sort(),
  );
});

test('passes the silence of runners to the API, which grants leases', () => {
  const told = all(
    withProps(() => ({ runnerSilenceSeconds: 60 })),
    'AWS::Lambda::Function',
  ).filter(({ Properties }) => Properties.Environment?.Variables[SILENCE_SECONDS] === '60');
  expect(told.map(({ Properties }) => Properties.Description)).toEqual(['The HTTP API']);
});

test('checks a configured number of shards by the writer of the log, without further permissions', () => {
  const type = 'Custom::TaskportLogShards';
  const [without, asking] = [withProps(() => ({})), withProps(() => ({ logShards: 8 }))];
  expect(all(without, type)).toEqual([]);
  const [{ Properties, DependsOn }] = all(asking, type) as [Json];
  const [[audit, { Properties: written }]] = Object.entries(
    asking.findResources('AWS::Lambda::Function'),
  ).filter(
    ([, found]) =>
      found.Properties.Description === functions.find(({ name }) => name === 'audit')?.description,
  ) as [[string, Json]];
  expect(Properties).toEqual({
    ServiceToken: { 'Fn::GetAtt': [audit, 'Arn'] },
    ServiceTimeout: '300',
    logShards: 8,
  });
  // It has the permission to read the log at that time.
  const policies = Object.entries(asking.findResources('AWS::IAM::Policy')).flatMap(([id, policy]) =>
    policy.Properties.Roles[0].Ref === written.Role['Fn::GetAtt'][0] ? [id] : [],
  );
  expect(DependsOn).toEqual(expect.arrayContaining(policies));
  for (const granting of ['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::Lambda::Permission'])
    expect(asking.findResources(granting)).toEqual(without.findResources(granting));
});

test('notifies the topic of the start and the end of every alarm', () => {
  const alarms = all(
    withProps((stack) => ({ alarms: new Topic(stack, 'Topic') })),
    'AWS::CloudWatch::Alarm',
  );
  expect(alarms.length).toBeGreaterThan(10);
  for (const { Properties } of alarms) {
    expect(Properties.AlarmActions).toHaveLength(1);
    expect(Properties.OKActions).toEqual(Properties.AlarmActions);
  }
});

test.each([
  ['', 2],
  [', in the subnets that it is told', 1],
])('runs its functions in a given network%s', (_, subnets) => {
  const template = withProps((stack) => {
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2 });
    return defined({
      vpc: vpc as IVpc,
      vpcSubnets: subnets === 1 ? { subnets: vpc.privateSubnets.slice(1) } : undefined,
    });
  });
  for (const { Properties } of all(template, 'AWS::Lambda::Function')) {
    // The library's own functions, which close the default security group, are not in the network.
    if (!functions.some(({ description }) => description === Properties.Description)) continue;
    expect(Properties.VpcConfig.SubnetIds).toHaveLength(subnets);
  }
});

describe('quotas', () => {
  const template = withProps(() => ({
    quotas: { rate: 50, burst: 100, requestsPerMinute: 600, reservedConcurrency: { verify: 5 } },
  }));
  const functionOf = (name: string): Json =>
    all(template, 'AWS::Lambda::Function').find(
      ({ Properties }) =>
        Properties.Description === functions.find((each) => each.name === name)?.description,
    )?.Properties;

  test('limit all callers together', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
  });
  test('limit one principal, through a variable of the API only', () => {
    expect(functionOf('api').Environment.Variables[REQUESTS_PER_MINUTE]).toBe('600');
    expect(functionOf('sweep').Environment.Variables).not.toHaveProperty(REQUESTS_PER_MINUTE);
  });
  test('limit one function’s concurrency, to protect the others', () => {
    expect(functionOf('verify').ReservedConcurrentExecutions).toBe(5);
    expect(functionOf('api')).not.toHaveProperty('ReservedConcurrentExecutions');
  });
});

describe('administrators', () => {
  const environmentsOf = (template: Template): Json[] =>
    all(template, 'AWS::Lambda::Function').map(({ Properties }) => Properties.Environment.Variables);
  const builder = 'arn:aws:iam::123456789012:role/Builder';

  test('are passed to the API only, including roles of the same stack', () => {
    const template = withProps((stack) => ({
      administrators: [builder, new Role(stack, 'Operator', { assumedBy: new AnyPrincipal() }).roleArn],
    }));
    const told = environmentsOf(template).flatMap((variables) => variables[ADMINISTRATORS] ?? []);
    expect(told).toEqual([
      {
        'Fn::Join': [
          '',
          [`["${builder}","`, { 'Fn::GetAtt': [expect.stringMatching(/^Operator/), 'Arn'] }, '"]'],
        ],
      },
    ]);
  });

  test.each([
    ['a session', 'arn:aws:sts::123456789012:assumed-role/Builder/run-1'],
    ['a role by its path', 'arn:aws:iam::123456789012:role/team/Builder'],
    ['nobody', ' '],
    ['more than an environment takes', 'x'.repeat(2_001)],
  ])('cannot be %s', (_, name) => {
    expect(() => withProps(() => ({ administrators: [name] }))).toThrow(/administrator/);
  });

  test('cause a note if there are none: synthesis lists the impossible operations', () => {
    const said = (administrators?: readonly string[]): Json[] => {
      let found: Json[] = [];
      deploy((stack) => {
        new Taskport(stack, 'Taskport', administrators ? { administrators } : {});
        found = Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('has no administrators'));
      });
      return found;
    };
    expect(said()).toHaveLength(1);
    expect(said([builder])).toEqual([]);
    expect(environmentsOf(withProps(() => ({}))).every((each) => each[ADMINISTRATORS] === undefined)).toBe(
      true,
    );
  });
});

test('uses a restored table, and keeps its own', () => {
  const arn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/restored';
  const template = withProps(() => ({ restoredTable: { arn, streamArn: `${arn}/stream/2026` } }));
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
  for (const { description } of functions) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: description,
      Environment: { Variables: Match.objectLike({ [environmentNames.table]: 'restored' }) },
    });
  }
  const [own] = Object.keys(template.findResources('AWS::DynamoDB::GlobalTable')).filter(
    (id) => !id.includes('Log'),
  );
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: functions.find(({ name }) => name === 'api')?.description,
    Environment: { Variables: Match.objectLike({ [environmentNames.handles]: { Ref: own } }) },
  });
  for (const { Properties } of all(template, 'AWS::Lambda::EventSourceMapping')) {
    expect(Properties.EventSourceArn).toBe(`${arn}/stream/2026`);
  }
  const statements = JSON.stringify(all(template, 'AWS::IAM::Policy'));
  expect(statements).toContain(`"${arn}/index/*"`);
});

describe('a deleted stack', () => {
  const kept = (template: Template): string[] =>
    Object.values(template.toJSON().Resources as Record<string, Json>)
      .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
      .map(({ Type }) => Type)
      .sort();

  test('keeps tables, buckets, key and logs by default', () => {
    expect(new Set(kept(withProps(() => ({}))))).toEqual(
      new Set(['AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::S3::Bucket']),
    );
  });
  test('keeps them under names chosen by CloudFormation, so that the next try after a failed one does not collide', () => {
    const resources = Object.values(
      withProps(() => ({ name: 'shop' })).toJSON().Resources as Record<string, Json>,
    );
    const retained = resources.filter((each) => each.DeletionPolicy === 'Retain');
    for (const { Properties } of retained) {
      expect(Object.keys(Properties).filter((name) => /^(\w+)?Name$/.test(name))).toEqual([]);
    }
    // The page explains how to delete each type of resource.
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, section = ''] = page.split('### A first deployment that fails');
    for (const type of new Set(retained.map((each) => each.Type)))
      expect(section).toContain(`$(left ${type})`);
  });
  test('keeps nothing if configured so', () => {
    const template = withProps(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    expect(kept(template)).toEqual([]);
    for (const { Properties } of all(template, 'AWS::DynamoDB::GlobalTable')) {
      expect(Properties.Replicas[0].DeletionProtectionEnabled).toBe(false);
    }
  });
});
