import { Duration } from 'aws-cdk-lib';
import { type Archive, EventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../lib/event/source.ts';
import { rules } from '../wiring.ts';
import { acknowledge } from './acknowledge.ts';
import { logTarget } from './log-target.ts';
import type { Settings } from './settings.ts';

type RuleWiring = (typeof rules)[number];

const targets: Record<
  RuleWiring['target'],
  (rule: string, undelivered: IQueue, settings: Settings) => IRuleTarget
> = {
  log: logTarget,
};

/** The bus, its archive for replays, optional rules of `wiring.ts`, and a queue for undelivered events. */
export function createBus(
  scope: Construct,
  settings: Settings,
): { readonly bus: EventBus; readonly archive: Archive; readonly undelivered: Queue } {
  // CloudFormation takes no description of a bus in GovCloud.
  const bus = new EventBus(scope, 'Bus', { eventBusName: settings.name });
  const archive = bus.archive('Archive', {
    description: 'Events to replay',
    eventPattern: { source: [EVENT_SOURCE] },
    retention: settings.history,
  });

  const undelivered = createUndeliveredQueue(scope);
  for (const { name, source, target } of settings.eventLog ? rules : []) {
    new Rule(scope, `Rule-${name}`, {
      eventBus: bus,
      ruleName: name,
      eventPattern: { source: [source] },
      targets: [targets[target](name, undelivered, settings)],
    });
  }
  return { bus, archive, undelivered };
}

/** Without a queue, EventBridge drops an event that its target has refused for a day. */
function createUndeliveredQueue(scope: Construct): Queue {
  const queue = new Queue(scope, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(
    queue,
    'AwsSolutions-SQS3',
    'This is the dead-letter queue of the rules of the bus; the check looks at queues and functions only.',
  );
  return queue;
}
