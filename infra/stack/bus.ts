import { Duration, Validations } from 'aws-cdk-lib';
import { EventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { eventBusName, rules } from '../wiring.ts';
import { logTarget } from './log-target.ts';
import { HISTORY } from './retention.ts';

type RuleWiring = (typeof rules)[number];

const targets: Record<RuleWiring['target'], (name: string, undelivered: IQueue) => IRuleTarget> = {
  log: logTarget,
};

/** The bus, an archive to replay from, and the rules of `wiring.ts`. */
export function createBus(scope: Construct): EventBus {
  const bus = new EventBus(scope, 'Bus', { eventBusName, description: 'What happened to elements' });
  bus.archive('Archive', {
    description: 'Events to replay',
    eventPattern: { source: [eventBusName] },
    retention: HISTORY,
  });

  const undelivered = createUndeliveredQueue(scope);
  for (const { name, source, target } of rules) {
    new Rule(scope, `Rule-${name}`, {
      eventBus: bus,
      ruleName: name,
      eventPattern: { source: [source] },
      targets: [targets[target](name, undelivered)],
    });
  }
  return bus;
}

/** EventBridge drops an event that a target refused for a day, unless it has somewhere to put it. */
function createUndeliveredQueue(scope: Construct): Queue {
  const queue = new Queue(scope, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason:
      'This is the dead-letter queue of the rules of the bus; the check looks at queues and functions only.',
  });
  return queue;
}
