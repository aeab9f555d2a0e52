import { type CfnElement, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Says why a role names what is within a resource, or a restored table, by a wildcard; any other wildcard still fails the synthesis. */
export function acknowledgeWildcard(
  role: Role,
  within: IConstruct | ITableV2,
  suffix: string,
  reason: string,
): void {
  const written = within.node.defaultChild as CfnElement | undefined;
  if (!written) {
    acknowledgeWildcardArn(role, `${(within as ITableV2).tableArn}${suffix}`, reason);
    return;
  }
  const logicalId = Stack.of(role).getLogicalId(written);
  acknowledge(role, 'AwsSolutions-IAM5', reason, `Resource::<${logicalId}.Arn>${suffix}`);
}

type Part = string | { readonly Ref: string };

/** As `acknowledgeWildcard`, for an ARN that belongs to no resource of the stack. */
export function acknowledgeWildcardArn(role: Role, arn: string, reason: string): void {
  const resolved = Stack.of(role).resolve(arn) as string | { readonly 'Fn::Join': [string, Part[]] };
  const parts = typeof resolved === 'string' ? [resolved] : resolved['Fn::Join'][1];
  const named = parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  acknowledge(role, 'AwsSolutions-IAM5', reason, `Resource::${named}`);
}

/** As `acknowledgeWildcard`, for actions that are for every resource or for none. */
export function acknowledgeAny(role: Role, reason: string): void {
  acknowledge(role, 'AwsSolutions-IAM5', reason, 'Resource::*');
}
