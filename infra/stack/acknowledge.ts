import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { defined } from '../../lib/defined.ts';

/** What versions of cdk-nag before the third look for on a resource. */
interface Suppressions {
  readonly rules_to_suppress: readonly object[];
}

/**
 * Says why something is as a rule of cdk-nag would not have it, or has what the rule finds there. What is added to it later is
 * not covered by versions before the third.
 */
export function acknowledge(scope: IConstruct, rule: string, reason: string, finding?: string): void {
  Validations.of(scope).acknowledge({ id: finding === undefined ? rule : `${rule}[${finding}]`, reason });
  const suppression = defined({
    id: rule,
    reason,
    applies_to: finding === undefined ? undefined : [finding],
  });
  for (const resource of scope.node.findAll().filter(CfnResource.isCfnResource)) {
    const { rules_to_suppress = [] }: Partial<Suppressions> = resource.getMetadata('cdk_nag') ?? {};
    resource.addMetadata('cdk_nag', { rules_to_suppress: [...rules_to_suppress, suppression] });
  }
}
