import { type CfnElement, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Gives the reason why a role has a wildcard within a resource, or within a restored table. The synthesis fails for any other wildcard. */
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

/** Like `acknowledgeWildcard`, for an ARN outside the stack. */
export function acknowledgeWildcardArn(role: Role, arn: string, reason: string): void {
  const resolved = Stack.of(role).resolve(arn) as string | { readonly 'Fn::Join': [string, Part[]] };
  const parts = typeof resolved === 'string' ? [resolved] : resolved['Fn::Join'][1];
  const named = parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  acknowledge(role, 'AwsSolutions-IAM5', reason, `Resource::${named}`);
}

/** Like `acknowledgeWildcard`, for actions that cannot name a resource. */
export function acknowledgeAny(role: Role, reason: string): void {
  acknowledge(role, 'AwsSolutions-IAM5', reason, 'Resource::*');
}
