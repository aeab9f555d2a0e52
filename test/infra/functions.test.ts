import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { FunctionWiring } from '../../infra/function-wiring.ts';
import { environmentNames, functions } from '../../infra/wiring.ts';
import { defined } from '../../lib/defined.ts';
import { flat, type Json, only, output, resource, template } from './synthesized.ts';

const deployed = new Map<string, Json>(
  Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [
    Properties.Description,
    { id, ...Properties },
  ]),
);
const wiringOf = (name: FunctionWiring['name']) =>
  functions.find((each) => each.name === name) as FunctionWiring;
const lambdaOf = (name: FunctionWiring['name']) => deployed.get(wiringOf(name).description);
const names = {
  table: output('TableName').Ref,
  log: output('LogTableName').Ref,
  bucket: output('BucketName').Ref,
  bus: only('AWS::Events::EventBus').id,
  key: only('AWS::KMS::Key').id,
};
const mappingOf = (name: FunctionWiring['name']): Json =>
  Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).find(
    ({ Properties }) => Properties.FunctionName.Ref === lambdaOf(name).id,
  )?.Properties;
const failures = flat(mappingOf('publish').DestinationConfig.OnFailure.Destination);

const secret = only('AWS::SecretsManager::Secret').id;
const alarmRole = Object.entries(template.findResources('AWS::IAM::Role')).find(([, role]) =>
  JSON.stringify(role).includes('scheduler.amazonaws.com'),
)?.[0] as string;
const alarmGroup = only('AWS::Scheduler::ScheduleGroup').properties.Name as string;
const alarmSchedules = `arn:aws:scheduler:eu-central-1:AWS::AccountId:schedule/${alarmGroup}/*`;

test('there is one function for each row of the wiring, and no others', () => {
  expect([...deployed.keys()].sort()).toEqual(functions.map(({ description }) => description).sort());
});

describe.each(functions)('$name', (wiring) => {
  const lambda = lambdaOf(wiring.name);

  test('runs on the newest Node with the memory and time of the wiring', () => {
    expect(lambda).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: wiring.memoryMiB,
      Timeout: wiring.timeoutSeconds,
    });
  });

  test('gets the names of tables, bucket and bus under the wiring’s variables', () => {
    expect(lambda.Environment.Variables).toEqual({
      [environmentNames.deployment]: 'taskport',
      [environmentNames.table]: { Ref: names.table },
      [environmentNames.handles]: { Ref: names.table },
      [environmentNames.bucket]: { Ref: names.bucket },
      [environmentNames.store]: 'enforcing',
      [environmentNames.bus]: { Ref: names.bus },
      [environmentNames.log]: { Ref: names.log },
      [environmentNames.auditDays]: '400',
      [environmentNames.failures]: { Ref: failures.replace('.Arn', '') },
      [environmentNames.busArn]: { 'Fn::GetAtt': [names.bus, 'Arn'] },
      [environmentNames.alarmGroup]: alarmGroup,
      [environmentNames.alarmRole]: { 'Fn::GetAtt': [alarmRole, 'Arn'] },
      ...defined({
        [environmentNames.dataOrigin]: wiring.page && {
          'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [names.bucket, 'RegionalDomainName'] }]],
        },
      }),
      ...(wiring.name === 'api' || wiring.name === 'rotate'
        ? { [environmentNames.registrySecret]: { Ref: secret } }
        : {}),
      ...(wiring.name === 'redrive'
        ? {
            [environmentNames.publish]: { 'Fn::GetAtt': [lambdaOf('publish').id, 'Arn'] },
            [environmentNames.audit]: { 'Fn::GetAtt': [lambdaOf('audit').id, 'Arn'] },
          }
        : {}),
    });
  });

  test('logs JSON, for 90 days, and is traced', () => {
    expect(lambda.TracingConfig).toEqual({ Mode: 'Active' });
    expect(lambda.LoggingConfig.LogFormat).toBe('JSON');
    expect(resource(lambda.LoggingConfig.LogGroup.Ref).Properties.RetentionInDays).toBe(90);
  });

  test('may do what the wiring lists and what its trigger and the key need, and nothing else', () => {
    const role = lambda.Role['Fn::GetAtt'][0];
    expect(resource(role).Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(resource(role).Properties).not.toHaveProperty('Policies');
    const granted = Object.values(template.findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles.some((each: Json) => each.Ref === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.map(summary));
    expect(new Set(granted)).toEqual(
      new Set([
        allow(`${lambda.LoggingConfig.LogGroup.Ref}.Arn`, ['logs:CreateLogStream', 'logs:PutLogEvents']),
        allow('*', ['xray:PutTelemetryRecords', 'xray:PutTraceSegments']),
        ...wired(wiring.actions),
        ...(needed[wiring.name] ?? []),
      ]),
    );
    expect(granted.join()).not.toMatch(/:\w*\*/);
  });
});

function wired(actions: FunctionWiring['actions']): string[] {
  const arns = {
    table: `${names.table}.Arn`,
    index: `${names.table}.Arn/index/*`,
    log: `${names.log}.Arn`,
    bucket: `${names.bucket}.Arn/*`,
    listing: `${names.bucket}.Arn`,
    bus: `${names.bus}.Arn`,
    alarms: alarmSchedules,
    alarmRole: `${alarmRole}.Arn`,
    registrySecret: secret,
    failures: `${failures}/*`,
    failureListing: failures,
  };
  // The log group of tasks on Fargate is not in this template.
  return (Object.keys(arns) as (keyof typeof arns)[]).flatMap((each) =>
    actions[each] ? [allow(arns[each], actions[each])] : [],
  );
}

const throughDynamoDb = 'when kms:ViaService is dynamodb.AWS::Region.amazonaws.com';
const throughS3 = 'when kms:ViaService is s3.AWS::Region.amazonaws.com';
const key = `${names.key}.Arn`;
const stream = [
  allow(`${names.table}.StreamArn`, [
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
  ]),
  allow(`${names.table}.Arn/stream/*`, ['dynamodb:ListStreams']),
  allow(key, ['kms:Decrypt'], throughDynamoDb),
  allow(`${failures}/*`, ['s3:PutObject']),
  allow(failures, ['s3:ListBucket']),
  allow(key, ['kms:GenerateDataKey'], throughS3),
];
const needed: Partial<Record<FunctionWiring['name'], string[]>> = {
  api: [
    allow(key, ['kms:Decrypt'], throughDynamoDb),
    allow(key, ['kms:Decrypt', 'kms:GenerateDataKey'], throughS3),
  ],
  console: [],
  publish: stream,
  audit: stream,
  verify: [
    allow(key, ['kms:Decrypt'], throughDynamoDb),
    allow(key, ['kms:Decrypt', 'kms:GenerateDataKey'], throughS3),
  ],
  supervise: [allow(key, ['kms:Decrypt'], throughDynamoDb)],
  sweep: [allow(key, ['kms:Decrypt'], throughDynamoDb)],
  rotate: [],
  redrive: [allow(key, ['kms:Decrypt'], throughDynamoDb), allow(key, ['kms:Decrypt'], throughS3)],
};

test('verify: gets an event for each upload to verify, and no others', () => {
  const rules = Object.values(template.findResources('AWS::Events::Rule')).filter(({ Properties }) =>
    Properties.EventPattern?.['detail-type']?.includes('Verification Requested'),
  );
  expect(rules).toHaveLength(1);
  expect(rules[0]?.Properties).toMatchObject({
    EventPattern: { source: ['taskport.internal'], 'detail-type': ['Verification Requested'] },
    Targets: [{ Arn: { 'Fn::GetAtt': [lambdaOf('verify').id, 'Arn'] } }],
  });
});

test('supervise: gets events of tasks that are requested, running or ended, of saved volumes, and of its own alarms', () => {
  const { id } = lambdaOf('supervise');
  const patterns = Object.values(template.findResources('AWS::Events::Rule')).flatMap(({ Properties }) =>
    JSON.stringify(Properties.Targets).includes(id) ? [Properties.EventPattern] : [],
  );
  expect(patterns).toEqual([
    {
      source: ['taskport'],
      'detail-type': ['Task Bound', 'Task Started', 'Task Exited', 'Volume Settled'],
    },
    { source: ['taskport.internal'], 'detail-type': ['Supervision Due'] },
  ]);
});

test('alarms: their role puts events on the bus, and only the schedule group may assume it', () => {
  const { Properties } = template.findResources('AWS::IAM::Role')[alarmRole] as { Properties: object };
  expect(JSON.stringify(Properties)).toContain('"scheduler.amazonaws.com"');
  expect(JSON.stringify(Properties)).toContain('aws:SourceArn');
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(
    ({ Properties: policy }) => JSON.stringify(policy.Roles).includes(alarmRole),
  );
  expect(policies.map((policy) => policy.Properties.PolicyDocument.Statement)).toEqual([
    [{ Action: 'events:PutEvents', Effect: 'Allow', Resource: { 'Fn::GetAtt': [names.bus, 'Arn'] } }],
  ]);
});

describe.each(['publish', 'audit'] as const)('%s', (name) => {
  const mapping = mappingOf(name);

  test('changes of elements, compositions, tags, runners, sessions and locations call functions, and other rows do not', () => {
    const patterns = mapping.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      JSON.parse(Pattern),
    );
    expect(patterns).toEqual([
      { dynamodb: { Keys: { sk: { S: ['element', 'composition', 'tag', 'runner', 'session'] } } } },
      { dynamodb: { Keys: { pk: { S: ['locations'] } } } },
    ]);
  });

  test('one bad record blocks neither its batch nor its shard, and its batch is kept whole', () => {
    expect(mapping).toMatchObject({
      FunctionName: { Ref: lambdaOf(name).id },
      EventSourceArn: { 'Fn::GetAtt': [names.table, 'StreamArn'] },
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'TRIM_HORIZON',
    });
    expect({
      kind: 'stream',
      batchSize: mapping.BatchSize,
      maxRecordAgeSeconds: mapping.MaximumRecordAgeInSeconds,
      retryAttempts: mapping.MaximumRetryAttempts,
    }).toEqual({ ...wiringOf(name).trigger, rows: undefined });
    expect(resource(failures.replace('.Arn', '')).Type).toBe('AWS::S3::Bucket');
    // Set-aside batches are counted for an alarm.
    expect(mapping.MetricsConfig).toEqual({ Metrics: ['EventCount'] });
  });
});

test('sweep: runs on the schedule of the wiring, and a failed run is not retried', () => {
  const sweep = lambdaOf('sweep').id;
  expect(wiringOf('sweep').trigger).toEqual({ kind: 'schedule', everyMinutes: 1 });
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [sweep, 'Arn'] } })],
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: sweep },
    MaximumRetryAttempts: 0,
  });
});

/** A statement as one line, so that lists of them compare as sets. */
function allow(resource: string, actions: readonly string[], condition = ''): string {
  return `allow ${[...actions].sort().join(', ')} on ${resource} ${condition}`.trim();
}

function summary({ Effect, Action, Resource, Condition }: Json): string {
  expect(Effect).toBe('Allow');
  const via = Condition && `when kms:ViaService is ${flat(Condition.StringEquals['kms:ViaService'])}`;
  return allow(flat(Resource), [Action].flat(), via);
}
