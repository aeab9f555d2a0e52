import { Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import {
  type Destination,
  EventSubscription,
  type EventSubscriptionProps,
} from '../../infra/stack/event-subscription.ts';
import { templateOf } from './synthesized.ts';

const subscribe = (
  destination: (stack: Stack) => Destination,
  options: Pick<EventSubscriptionProps, 'detailTypes' | 'locations'> = {},
): Template =>
  templateOf((app) => {
    const stack = new Stack(app, 'Consumer');
    const bus = EventBus.fromEventBusName(stack, 'Bus', 'taskport');
    new EventSubscription(stack, 'Subscription', { bus, destination: destination(stack), ...options });
    return stack;
  });
const toQueue = (stack: Stack): Destination => ({ queue: new Queue(stack, 'Queue') });
const toFunction = (stack: Stack): Destination => ({
  function: new LambdaFunction(stack, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
  }),
});
const toEndpoint = (stack: Stack): Destination => ({
  https: {
    url: 'https://hooks.example.com/taskport',
    header: 'x-hook-token',
    secret: Secret.fromSecretNameV2(stack, 'Secret', 'hook'),
  },
});

describe.each([
  ['a queue', toQueue],
  ['a function', toFunction],
  ['an HTTPS endpoint', toEndpoint],
])('a subscription to %s', (_, destination) => {
  test('keeps events that were not delivered within a day for two weeks', () => {
    const template = subscribe(destination);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'taskport',
      EventPattern: { source: ['taskport'] },
      Targets: [
        Match.objectLike({
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Undelivered'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 86_400 });
  });
});

test('calls an endpoint with the secret, which is not in the template', () => {
  const template = subscribe(toEndpoint);
  template.hasResourceProperties('AWS::Events::ApiDestination', {
    HttpMethod: 'POST',
    InvocationEndpoint: 'https://hooks.example.com/taskport',
  });
  template.hasResourceProperties('AWS::Events::Connection', {
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-hook-token' } },
  });
  expect(JSON.stringify(template.toJSON())).toContain('{{resolve:secretsmanager:');
});

test('filters by types and locations', () => {
  const options = { detailTypes: ['Task Bound', 'Task Unbound'], locations: ['jobs'] } as const;
  subscribe(toQueue, options).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['taskport'],
      'detail-type': ['Task Bound', 'Task Unbound'],
      detail: { location: ['jobs'] },
    },
  });
});

test('refuses an unknown type, which would never be delivered', () => {
  // @ts-expect-error so does the compiler
  expect(() => subscribe(toQueue, { detailTypes: ['Task Bond'] })).toThrow("detailTypes.0 is 'Task Bond'");
});
