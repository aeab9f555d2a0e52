import { Duration, SecretValue } from 'aws-cdk-lib';
import {
  ApiDestination,
  Authorization,
  Connection,
  type IEventBus,
  type IRuleTarget,
  Rule,
} from 'aws-cdk-lib/aws-events';
import {
  ApiDestination as ApiDestinationTarget,
  LambdaFunction,
  SqsQueue,
} from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import * as z from 'zod/mini';
import { defined } from '../../lib/defined.ts';
import { type DetailType, entries } from '../../lib/event/catalogue.ts';
import { EVENT_SOURCE } from '../../lib/event/source.ts';
import { LOCATION_NAME } from '../../lib/location/location.ts';
import { acknowledge } from './acknowledge.ts';
import { duration, parse, someOf, text, whole } from './taken.ts';

/** The target of the selected events. */
export type Destination =
  | { readonly queue: IQueue }
  | { readonly function: IFunction }
  | {
      readonly https: {
        /** Called with `POST` and the event as its body. */
        readonly url: string;
        /** The header that authenticates the call, and the secret with its value. */
        readonly header: string;
        readonly secret: ISecret;
        /** The most calls a second; 10 by default. */
        readonly ratePerSecond?: number;
      };
    };

export interface EventSubscriptionProps {
  /** The bus of the stack, or a bus looked up by its name `taskport`. */
  readonly bus: IEventBus;
  /** Types of events, such as `Task Bound`; all by default. */
  readonly detailTypes?: readonly DetailType[];
  /** Only events of elements in these locations. */
  readonly locations?: readonly string[];
  readonly destination: Destination;
  /** How long EventBridge retries; a day by default. Later the event goes to `undelivered`. */
  readonly maxEventAge?: Duration;
}

const detailTypes = [...entries.keys()];

/** The settings of a subscription, without its constructs. EventBridge accepts no empty lists, and only HTTPS endpoints. */
const subscription = z.object({
  detailTypes: z.optional(
    someOf('types of events, or nothing for all', z.enum(detailTypes, `one of ${detailTypes.join(', ')}`)),
  ),
  locations: z.optional(
    someOf('names of locations, or nothing for all', text('the name of a location', LOCATION_NAME)),
  ),
  maxEventAge: duration('a minute to a day', (seconds) => seconds >= 60 && seconds <= 86_400),
  destination: z.object({
    https: z.optional(
      z.object({
        url: text('a URL that begins with https://', /^https:\/\/[^\s/]+/),
        header: text('the name of a header', /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/),
        ratePerSecond: z.optional(whole(1, 300)),
      }),
    ),
  }),
});

/**
 * Sends selected events to a queue, a function or an HTTPS endpoint, and keeps undelivered events for two weeks.
 *
 * @example
 * new EventSubscription(this, 'Starts', {
 *   bus: EventBus.fromEventBusName(this, 'Bus', 'taskport'),
 *   detailTypes: ['Task Bound', 'Task Unbound'],
 *   destination: { queue },
 * });
 */
export class EventSubscription extends Construct {
  /** The queue of events that could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: EventSubscriptionProps) {
    super(scope, id);
    const { bus, detailTypes, locations, destination, maxEventAge = Duration.days(1) } = props;
    const https = 'https' in destination ? destination.https : undefined;
    parse(subscription, { detailTypes, locations, maxEventAge, destination: { https } });
    this.undelivered = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      this.undelivered,
      'AwsSolutions-SQS3',
      'This is the dead-letter queue of a rule; the check looks at queues and functions only.',
    );
    new Rule(this, 'Rule', {
      eventBus: bus,
      eventPattern: {
        source: [EVENT_SOURCE],
        ...defined({
          detailType: detailTypes && [...detailTypes],
          detail: locations && { location: [...locations] },
        }),
      },
      targets: [this.#target(destination, maxEventAge)],
    });
  }

  #target(destination: Destination, maxEventAge: Duration): IRuleTarget {
    const delivery = { deadLetterQueue: this.undelivered, maxEventAge, retryAttempts: 185 };
    if ('queue' in destination) return new SqsQueue(destination.queue, delivery);
    if ('function' in destination) return new LambdaFunction(destination.function, delivery);
    const { url, header, secret, ratePerSecond = 10 } = destination.https;
    const connection = new Connection(this, 'Connection', {
      description: `Calls ${url}`,
      authorization: Authorization.apiKey(header, SecretValue.secretsManager(secret.secretArn)),
    });
    const endpoint = new ApiDestination(this, 'Endpoint', {
      connection,
      endpoint: url,
      rateLimitPerSecond: ratePerSecond,
    });
    const { apiDestinationArn } = endpoint;
    const imported = ApiDestination.fromApiDestinationAttributes(this, 'Target', {
      apiDestinationArn,
      connection,
    });
    return new ApiDestinationTarget(imported, delivery);
  }
}
