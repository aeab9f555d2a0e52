import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { eventBusName, rules } from '../../infra/wiring.ts';
import { logTableSchema, tableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { ADMINISTRATORS } from '../../lib/adapters/environment.ts';
import { flat, type Json, only, output, resource, synthesize, template } from './synthesized.ts';

/** A table of the stack, by its output. */
const tableOf = (name: 'TableName' | 'LogTableName'): { properties: Json; resource: Json } => {
  const found = resource(output(name).Ref);
  return { properties: found.Properties, resource: found };
};

describe.each([
  ['TableName', tableSchema],
  ['LogTableName', logTableSchema],
] as const)('the table of %s', (name, schema) => {
  const { properties, resource } = tableOf(name);

  test('can be restored to any second of the last 35 days', () => {
    expect(properties.Replicas[0].PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 35,
    });
  });

  test('survives an accidental delete, of itself or of the stack', () => {
    expect(properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
    expect(resource.DeletionPolicy).toBe('Retain');
    expect(resource.UpdateReplacePolicy).toBe('Retain');
  });

  test("is encrypted with the account's own key, which rotates and is never deleted with the stack", () => {
    const key = only('AWS::KMS::Key');
    expect(properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    expect(flat(properties.Replicas[0].SSESpecification.KMSMasterKeyId)).toBe(`${key.id}.Arn`);
    expect(key.properties.EnableKeyRotation).toBe(true);
    expect(key.resource.DeletionPolicy).toBe('Retain');
  });

  test('has a stream with both images if events come from it, and is paid per request', () => {
    const stream = schema.streams ? { StreamViewType: 'NEW_AND_OLD_IMAGES' } : undefined;
    expect(properties.StreamSpecification).toEqual(stream);
    expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  test('has the keys, the indexes and the expiry of the local engine’s schema', () => {
    const keys = (partition: string, sort: string) => [
      { AttributeName: partition, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ];
    expect(properties.KeySchema).toEqual(keys(schema.partitionKey, schema.sortKey));
    expect(properties.TimeToLiveSpecification).toEqual({
      AttributeName: schema.timeToLive,
      Enabled: true,
    });
    expect(properties.GlobalSecondaryIndexes ?? []).toEqual(
      schema.indexes.map(({ name, partitionKey, sortKey, include }) => ({
        IndexName: name,
        KeySchema: keys(partitionKey, sortKey),
        Projection:
          include.length > 0
            ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...include] }
            : { ProjectionType: 'KEYS_ONLY' },
      })),
    );
  });
});

describe('the buckets', () => {
  const buckets = Object.keys(template.findResources('AWS::S3::Bucket'));
  const data: Json = resource(output('BucketName').Ref);

  test.each(buckets)('%s accepts only TLS, is never public, and is kept when the stack is deleted', (id) => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: id },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 's3:*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
    expect(resource(id).Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(resource(id).DeletionPolicy).toBe('Retain');
  });

  test('a deleted blob can be restored as long as the table can be', () => {
    const recovery = tableOf('TableName').properties.Replicas[0].PointInTimeRecoverySpecification;
    expect(data.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(data.Properties.LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: recovery.RecoveryPeriodInDays },
        ExpiredObjectDeleteMarker: true,
      }),
    ]);
  });

  test('only the page of this deployment may send and fetch data', () => {
    const api = only('AWS::ApiGatewayV2::Api').id;
    expect(data.Properties.CorsConfiguration.CorsRules).toEqual([
      {
        AllowedOrigins: [{ 'Fn::GetAtt': [api, 'ApiEndpoint'] }],
        AllowedMethods: ['GET', 'HEAD', 'PUT'],
        AllowedHeaders: ['*'],
        ExposedHeaders: ['ETag'],
        MaxAge: 3000,
      },
    ]);
  });

  test('parts of incomplete uploads are deleted after a week', () => {
    for (const id of buckets) {
      expect(resource(id).Properties.LifecycleConfiguration.Rules[0]).toMatchObject({
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      });
    }
  });

  test("blobs are encrypted with the table's key, without a call to KMS for each", () => {
    const [rule] = data.Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule.BucketKeyEnabled).toBe(true);
    expect(rule.ServerSideEncryptionByDefault.SSEAlgorithm).toBe('aws:kms');
    expect(flat(rule.ServerSideEncryptionByDefault.KMSMasterKeyID)).toBe(`${only('AWS::KMS::Key').id}.Arn`);
  });
});

describe('the bus', () => {
  test('has the name that publishers and rules use, and 90 days of events for replay', () => {
    const bus = only('AWS::Events::EventBus');
    expect(bus.properties.Name).toBe(eventBusName);
    expect(only('AWS::Events::Archive').properties).toMatchObject({
      SourceArn: { 'Fn::GetAtt': [bus.id, 'Arn'] },
      EventPattern: { source: [eventBusName] },
      RetentionDays: 90,
    });
  });

  test.each(rules)('rule $name is optional', ({ name }) => {
    template.resourcePropertiesCountIs('AWS::Events::Rule', { Name: name }, 0);
    expect(JSON.stringify(template.toJSON())).not.toContain('/aws/events/');
  });

  test.each(rules)('rule $name logs, and keeps undelivered events', ({ name, source }) => {
    const undelivered = only('AWS::SQS::Queue').id;
    const logging = synthesize({ eventLog: 'true' });
    logging.hasResourceProperties('AWS::Events::Rule', {
      Name: name,
      EventBusName: { Ref: only('AWS::Events::EventBus').id },
      EventPattern: { source: [source] },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: { 'Fn::GetAtt': [undelivered, 'Arn'] } } })],
    });
    logging.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: `/aws/events/${eventBusName}/${name}`,
      RetentionInDays: 90,
    });
  });
});

describe('the API', () => {
  const routes = (from: Template): Record<string, Json> =>
    Object.fromEntries(
      Object.values(from.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => [
        Properties.RouteKey,
        Properties,
      ]),
    );

  test('needs IAM credentials on every route except those of the service itself, the page and the registry', () => {
    expect(routes(template)).toEqual({
      'ANY /{proxy+}': expect.objectContaining({ AuthorizationType: 'AWS_IAM' }),
      'GET /v1/health': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /v1/openapi.json': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /console/{proxy+}': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'ANY /v2/': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'ANY /v2/{proxy+}': expect.objectContaining({ AuthorizationType: 'NONE' }),
    });
  });

  test('needs a token if the context has an issuer and an audience', () => {
    const withTokens = synthesize({ jwtIssuer: 'https://login.example.com', jwtAudience: 'taskport,ci' });
    expect(routes(withTokens)).toEqual({
      'ANY /{proxy+}': expect.objectContaining({ AuthorizationType: 'JWT' }),
      'GET /v1/health': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /v1/openapi.json': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'GET /console/{proxy+}': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'ANY /v2/': expect.objectContaining({ AuthorizationType: 'NONE' }),
      'ANY /v2/{proxy+}': expect.objectContaining({ AuthorizationType: 'NONE' }),
    });
    withTokens.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['taskport', 'ci'] },
    });
  });

  test('has the administrators in the context, as a list or separated by commas', () => {
    const names = ['arn:aws:iam::123456789012:role/Builder', 'https://id.example.com|user-7'];
    for (const administrators of [names.join(','), names]) {
      const variables = { [ADMINISTRATORS]: JSON.stringify(names) };
      synthesize({ administrators }).hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike(variables) },
      });
    }
    for (const administrators of ['a,,b', [1], 7])
      expect(() => synthesize({ administrators })).toThrow(/administrator/);
  });

  test('uses payload format 2.0, is throttled, and logs every call', () => {
    const integrations = Object.values(template.findResources('AWS::ApiGatewayV2::Integration'));
    expect(integrations.map(({ Properties }) => Properties.PayloadFormatVersion)).toEqual(['2.0', '2.0']);
    const stage = only('AWS::ApiGatewayV2::Stage').properties;
    expect(stage.StageName).toBe('$default');
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 });
    // Open routes cannot use up the rate of callers with credentials.
    const open = Object.values(template.findResources('AWS::ApiGatewayV2::Route'))
      .filter(({ Properties }) => Properties.AuthorizationType === 'NONE')
      .map(({ Properties }) => Properties.RouteKey);
    expect(open).toEqual(expect.arrayContaining(['GET /v1/health', 'GET /v1/openapi.json', 'GET /']));
    expect(stage.RouteSettings).toEqual(
      Object.fromEntries(
        open.map((key) => [
          key,
          key.startsWith('ANY /v2/')
            ? { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 }
            : { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
        ]),
      ),
    );
    expect(only('AWS::ApiGatewayV2::Stage').resource.DependsOn).toContain(
      Object.entries(template.findResources('AWS::ApiGatewayV2::Route')).find(
        ([, { Properties }]) => Properties.RouteKey === 'GET /v1/health',
      )?.[0],
    );
    expect(resource(flat(stage.AccessLogSettings.DestinationArn).replace('.Arn', '')).Type).toBe(
      'AWS::Logs::LogGroup',
    );
  });
});

test('the outputs contain the values that clients and operators need', () => {
  expect(Object.keys(template.findOutputs('*')).sort()).toEqual([
    'ApiUrl',
    'ArchiveArn',
    'Auth',
    'BucketName',
    'BusName',
    'FailureBucketName',
    'KeyArn',
    'LogTableName',
    'RedriveFunction',
    'TableName',
    'UndeliveredQueueUrl',
  ]);
});

test('only this API may call the function of the API, on any of its routes', () => {
  const { id } = only('AWS::ApiGatewayV2::Api');
  const [name] = Object.entries(template.findResources('AWS::Lambda::Function')).find(
    ([, { Properties }]) => Properties.Description === 'The HTTP API',
  ) as [string, Json];
  const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).filter(
    ({ Properties }) => flat(Properties.FunctionName).startsWith(name),
  );
  expect(permissions.map(({ Properties }) => flat(Properties.SourceArn))).toEqual([
    expect.stringMatching(new RegExp(`:${id}/\\*/\\*/\\*$`)),
  ]);
});

test('the key that signs credentials of the registry is created here, is in no template, and is deleted with the stack', () => {
  const { properties, resource: secret } = only('AWS::SecretsManager::Secret');
  expect(properties.GenerateSecretString).toMatchObject({ PasswordLength: 64 });
  expect(properties).not.toHaveProperty('SecretString');
  expect(secret.DeletionPolicy).toBe('Delete');
});

describe('the order of resources', () => {
  const policies = template.findResources('AWS::IAM::Policy');
  const lambdas = Object.entries(template.findResources('AWS::Lambda::Function'));

  test.each(lambdas)('%s depends on the permissions of its role', (_, { Properties, DependsOn }) => {
    const role = Properties.Role['Fn::GetAtt'][0];
    const own = Object.keys(policies).filter((id) =>
      policies[id]?.Properties.Roles.some((each: Json) => each.Ref === role),
    );
    expect(own).not.toEqual([]);
    // A stream mapping that is created earlier would sometimes fail the deployment.
    expect(DependsOn).toEqual(expect.arrayContaining(own));
  });

  test('stream mappings depend on their functions and on the table', () => {
    const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      expect(lambdas.map(([id]) => id)).toContain(Properties.FunctionName.Ref);
      expect(Properties.EventSourceArn['Fn::GetAtt'][0]).toBe(output('TableName').Ref);
    }
  });
});
