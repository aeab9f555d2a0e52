import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from './settings.ts';

/**
 * Writes every matching event to a log group of its own. The library's target of that kind deploys one more
 * function, with wildcard permissions, for a policy that CloudFormation can write itself.
 */
export function logTarget(
  ruleName: string,
  undelivered: IQueue,
  { name, logRetention }: Settings,
): IRuleTarget {
  return {
    bind(rule) {
      const stack = Stack.of(rule);
      const logGroup = new LogGroup(rule, 'Log', {
        // The console offers only log groups with this prefix as targets.
        logGroupName: `/aws/events/${name}/${ruleName}`,
        retention: logRetention,
        // A fixed name that outlived its stack would stand in the way of the next one.
        removalPolicy: RemovalPolicy.DESTROY,
      });

      const onlyThisRule = { ArnEquals: { 'aws:SourceArn': rule.ruleRef.ruleArn } };
      const events = new ServicePrincipal('events.amazonaws.com');
      const delivery = new ServicePrincipal('delivery.logs.amazonaws.com');
      logGroup.addToResourcePolicy(
        // This call carries no source, so a condition would refuse it.
        new PolicyStatement({
          actions: ['logs:CreateLogStream'],
          principals: [events, delivery],
          resources: [logGroup.logGroupArn],
        }),
      );
      logGroup.addToResourcePolicy(
        new PolicyStatement({
          actions: ['logs:PutLogEvents'],
          principals: [events, delivery],
          resources: [logGroup.logGroupArn],
          conditions: onlyThisRule,
        }),
      );
      undelivered.addToResourcePolicy(
        new PolicyStatement({
          actions: ['sqs:SendMessage'],
          principals: [events],
          resources: [undelivered.queueArn],
          conditions: onlyThisRule,
        }),
      );

      return {
        // Without the `:*` that the log group's own ARN ends in, which EventBridge does not take.
        arn: stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        deadLetterConfig: { arn: undelivered.queueArn },
      };
    },
  };
}
