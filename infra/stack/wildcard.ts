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
