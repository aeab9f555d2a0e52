import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Says why a role names what is within a resource by a wildcard; any other wildcard still fails the synthesis. */
export function acknowledgeWildcard(role: Role, within: IConstruct, suffix: string, reason: string): void {
  const logicalId = Stack.of(role).getLogicalId(within.node.defaultChild as CfnElement);
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>${suffix}]`,
    reason,
  });
}

type Part = string | { readonly Ref: string };

/** As `acknowledgeWildcard`, for an ARN that belongs to no resource of the stack. */
export function acknowledgeWildcardArn(role: Role, arn: string, reason: string): void {
  const resolved = Stack.of(role).resolve(arn) as string | { readonly 'Fn::Join': [string, Part[]] };
  const parts = typeof resolved === 'string' ? [resolved] : resolved['Fn::Join'][1];
  const named = parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${named}]`, reason });
}

/** As `acknowledgeWildcard`, for actions that are for every resource or for none. */
export function acknowledgeAny(role: Role, reason: string): void {
  Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
}
