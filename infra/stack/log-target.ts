import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from './settings.ts';

/**
 * Writes every matching event to its own log group. For this target the library deploys a function with wildcard permissions, to create a policy
 * that CloudFormation can create itself.
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
        // The AWS console offers only log groups with this prefix as targets.
        logGroupName: `/aws/events/${name}/${ruleName}`,
        retention: logRetention,
        // A log group with a fixed name that outlives its stack would block the next stack.
        removalPolicy: RemovalPolicy.DESTROY,
      });

      const onlyThisRule = { ArnEquals: { 'aws:SourceArn': rule.ruleRef.ruleArn } };
      const events = new ServicePrincipal('events.amazonaws.com');
      const delivery = new ServicePrincipal('delivery.logs.amazonaws.com');
      logGroup.addToResourcePolicy(
        // This call has no source ARN, so a condition on it would refuse the call.
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
        // EventBridge refuses the `:*` at the end of a log group's ARN.
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
